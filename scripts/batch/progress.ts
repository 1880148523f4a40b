/** A progress line on stderr: count, rate, time left. */
export class Progress {
  private done: number;
  private readonly start = performance.now();
  private printed = 0;

  /** @param before what an earlier run has done: shown, but not counted for the rate */
  constructor(
    private readonly total: number,
    private readonly unit: string,
    private readonly before = 0,
  ) {
    this.done = before;
  }

  add(count: number): void {
    this.done += count;
    const now = performance.now();
    // A terminal is redrawn often, a log file is not flooded.
    if (now - this.printed < (process.stderr.isTTY ? 200 : 10_000)) return;
    this.printed = now;
    this.print(process.stderr.isTTY ? '' : '\n');
  }

  end(): void {
    this.print('\n');
  }

  private print(after: string): void {
    const rate = (this.done - this.before) / ((performance.now() - this.start) / 1000);
    const left = rate > 0 ? Math.round((this.total - this.done) / rate) : 0;
    const line = `${this.done}/${this.total} ${this.unit}, ${rate.toFixed(1)}/s, ${left} s left`;
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${line.padEnd(60)}${after}`);
  }
}
