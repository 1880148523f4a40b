/** A tensor as the networks take and give it: row-major data and its shape. */
export interface Tensor<Data extends Float32Array | Uint8Array = Float32Array | Uint8Array> {
  readonly data: Data;
  readonly shape: readonly number[];
}

/**
 * A network that is ready to run. The pipeline is handed three (detector, landmarker, embedder) and knows
 * nothing of the runtime behind them.
 */
export interface Network {
  /**
   * Runs on one named input; gives the float outputs by name. The input has been read when the
   * promise is there: its memory may be written to again.
   */
  run(input: Tensor): Promise<Readonly<Record<string, Float32Array>>>;
}

/** A network that embeds faces; which way, its output's name says (`embed`). */
export interface Embedder extends Network {
  readonly outputs: readonly string[];
}
