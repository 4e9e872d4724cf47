/** Lines over a common axis. The drawing stretches with its place; what is written on it does not. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Props {
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Place on the x axis that is on show; `null`: none. */
  readonly at: number | null;
  /** What the drawing says, in words. */
  readonly summary: string;
  /** Whether a value holds until the next one, rather than moving there evenly. */
  readonly stepped?: boolean;
}

const WIDTH = 1000;
const HEIGHT = 100;

export function Chart({ series, xLabel, yLabel, at, summary, stepped = false }: Props) {
  const most = (axis: 0 | 1): number =>
    Math.max(1e-9, ...series.flatMap(({ points }) => points.map((point) => point[axis])));
  const [right, top] = [most(0), most(1)];
  return (
    <figure class="chart" data-testid="chart">
      <figcaption>
        <span>
          {yLabel}, 0 to {rounded(top)}
        </span>
        <ul>
          {series.map(({ name }, index) => (
            <li key={index} class={`lane-${index}`}>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="plot" role="img" aria-label={summary}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {series.map((line, index) => (
            <path key={index} class={`lane-${index}`} d={pathOf(line, right, top, stepped)} />
          ))}
        </svg>
        {at !== null && <span class="at" style={{ left: `${(Math.min(at, right) / right) * 100}%` }} />}
      </div>
      <p class="axis" aria-hidden="true">
        <span>0</span>
        <span>{xLabel}</span>
        <span>{rounded(right)}</span>
      </p>
    </figure>
  );
}

/** The line in the units of the drawing; `right` and `top` are the largest values on it. */
function pathOf({ points }: Series, right: number, top: number, stepped: boolean): string {
  const parts = points.map(([x, y], index) => {
    const [px, py] = [((x / right) * WIDTH).toFixed(1), ((1 - y / top) * HEIGHT).toFixed(2)];
    if (index === 0) return `M${px} ${py}`;
    return stepped ? `H${px}V${py}` : `L${px} ${py}`;
  });
  return parts.join("");
}

function rounded(value: number): string {
  return value < 0.01 ? "" : Number.isInteger(value) ? String(value) : value.toFixed(1);
}
