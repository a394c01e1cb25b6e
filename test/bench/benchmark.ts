/** One measured number, as it is printed and kept. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What belongs to it, such as latencies or what limits it. */
  note?: string;
}

/** One benchmark a file; it prints nothing and judges nothing. */
export interface Benchmark {
  /** For `--only`. */
  name: string;
  /** What is measured, in one line. */
  title: string;
  /** Gives each figure as soon as it is known. */
  run: () => AsyncGenerator<Figure>;
}
