/** A round button with a drawing on it. */

interface IconButtonProps {
  readonly id: string;
  readonly label: string;
  readonly path: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

export function IconButton({ id, label, path, disabled, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon"
      data-testid={id}
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}
