/** How the catalog of decoding methods is written: for pages that offer a choice of them. */

/** One value of a method that can be set. A number, unless it has `words`. */
export interface ParameterInfo {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly doc: string;
  /** Absent where the method derives it. */
  readonly default?: number | string;
  /** The words it takes. */
  readonly words?: readonly string[];
  readonly least?: number;
  readonly most?: number;
  /** Whether it takes whole numbers only. */
  readonly whole?: boolean;
}

/** One method of `select`, `revise`, `structure` or `exit`. */
export interface MethodInfo {
  readonly name: string;
  /** What it does. */
  readonly doc: string;
  /** Whose it is. */
  readonly source: string;
  readonly parameters: readonly ParameterInfo[];
}

/** A method with values, as `generate` takes it. */
export interface ChosenMethod {
  readonly method: string;
  readonly [parameter: string]: number | string;
}

/** One word for choices that go together. */
export interface PresetInfo {
  readonly name: string;
  /** What it is for. */
  readonly doc: string;
  readonly select: ChosenMethod;
  readonly revise: ChosenMethod;
}
