/** What the marks on the canvas mean. */

export function Legend() {
  return (
    <figure class="legend" aria-label="Legend">
      <ConfidenceScale />
      <ul>
        <li>
          <span class="block" aria-hidden="true" /> masked
        </li>
        <li class="reopened">
          <span class="block" aria-hidden="true" /> taken back
        </li>
        <li class="token">
          <span class="word given">given</span>
        </li>
        <li class="token pinned">
          <span class="word given">pinned</span>
        </li>
      </ul>
    </figure>
  );
}

export function ConfidenceScale() {
  return (
    <div class="scale">
      <span>unsure</span>
      <span class="ramp" aria-hidden="true" />
      <span>sure</span>
    </div>
  );
}
