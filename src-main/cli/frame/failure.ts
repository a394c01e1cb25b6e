/** A command that was refused or failed: exit status 1. The message says what to do. */
export class CliFailure extends Error {
  override name = 'CliFailure';
  readonly code: string;
  /** What `--json` prints beside code and message. */
  readonly details: Record<string, unknown>;
  /** Further lines for people. */
  readonly lines: string[];
  constructor(
    code: string,
    message: string,
    details: Record<string, unknown> = {},
    lines: string[] = [],
  ) {
    super(message);
    this.code = code;
    this.details = details;
    this.lines = lines;
  }
}

/** A command that ends with the exit status of another program, which has said why. */
export class ExitStatus extends Error {
  override name = 'ExitStatus';
  readonly status: number;
  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}

/** A command that was called wrongly: exit status 2. */
export class UsageFailure extends Error {
  override name = 'UsageFailure';
  /** How it is called; set where the command is known. */
  readonly usage: string | undefined;
  constructor(message: string, usage?: string) {
    super(message);
    this.usage = usage;
  }
}
