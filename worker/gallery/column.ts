/**
 * A column of whole numbers, 0 to 2^32 - 1, that grows. Its memory lies outside V8's heap and is moved
 * as it grows (`ArrayBuffer.transfer`): an array leaves a copy behind each time, for the collector.
 */
export class Column {
  #values = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns 0 for a row that was never set */
  at(row: number): number {
    return this.#values[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) {
      const room = Math.max(row + 1, Math.ceil(this.#values.length * 1.25));
      this.#values = new Uint32Array(this.#values.buffer.transfer(4 * room));
    }
    this.#values[row] = value;
    if (row >= this.#length) this.#length = row + 1;
  }

  /** Takes the last value out. */
  pop(): number {
    return this.at(--this.#length);
  }
}

/** A column of few different values, which it knows without reading them all. */
export class CountedColumn extends Column {
  readonly #counts = new Map<number, number>();

  /** Values that are there, each once. */
  get values(): number[] {
    return [...this.#counts.keys()];
  }

  override set(row: number, value: number): void {
    if (row < this.length) this.#count(this.at(row), -1);
    super.set(row, value);
    this.#count(value, 1);
  }

  override pop(): number {
    const value = super.pop();
    this.#count(value, -1);
    return value;
  }

  #count(value: number, by: 1 | -1): void {
    const count = (this.#counts.get(value) ?? 0) + by;
    if (count > 0) this.#counts.set(value, count);
    else this.#counts.delete(value);
  }
}
