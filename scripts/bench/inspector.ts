/**
 * Memory of an isolate by workerd's inspector: V8's own account of its heap, and WebAssembly's memories,
 * which that account leaves out. It speaks the Chrome DevTools Protocol over a WebSocket.
 */

/** Origin that workerd's inspector takes. */
const ORIGIN = 'http://localhost';

/** `Runtime.getHeapUsage`: bytes. */
interface HeapUsage {
  readonly usedSize: number;
  readonly totalSize: number;
  readonly embedderHeapUsedSize: number;
  /** Array buffers and external strings. */
  readonly backingStorageSize: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly context?: { readonly id: number } };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #context: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#read(JSON.parse(data) as Message);
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the inspector hung up'));
    };
  }

  /**
   * @param port of the inspector
   * @param service whose isolate is looked at; the first of all where none is named
   * @throws Error where there is none of that name
   */
  static async connect(port: number, service?: string): Promise<Inspector> {
    const list = await fetch(`http://127.0.0.1:${port}/json`);
    const targets = (await list.json()) as { id: string; webSocketDebuggerUrl: string }[];
    const target = targets.find(({ id }) => service === undefined || id === service);
    if (target === undefined) throw new Error(`no ${service} among the inspector's targets`);
    // Node's own WebSocket takes headers in place of protocols.
    const options = { headers: { Origin: ORIGIN } } as unknown as string[];
    const socket = new WebSocket(target.webSocketDebuggerUrl, options);
    await new Promise<void>((open, failed) => {
      socket.onopen = () => open();
      socket.onerror = () => failed(new Error('the inspector took no connection'));
    });
    const inspector = new Inspector(socket);
    await inspector.#call('Runtime.enable');
    return inspector;
  }

  /** V8's heap without WebAssembly's memories, in bytes: values, and what buffers hold. */
  async heapBytes(): Promise<number> {
    const usage = await this.#call<HeapUsage>('Runtime.getHeapUsage');
    return usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
  }

  /** Size of every WebAssembly memory in bytes, after a garbage collection, which this takes. */
  async memories(): Promise<number[]> {
    const expression = 'WebAssembly.Memory.prototype';
    const prototype = await this.#call<{ result: { objectId: string } }>('Runtime.evaluate', {
      expression,
      contextId: this.#context,
    });
    const prototypeObjectId = prototype.result.objectId;
    const found = await this.#call<{ objects: { objectId: string } }>('Runtime.queryObjects', {
      prototypeObjectId,
    });
    const { objectId } = found.objects;
    const functionDeclaration = 'function () { return this.map((one) => one.buffer.byteLength); }';
    const sizes = await this.#call<{ result: { value: number[] } }>('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration,
      returnByValue: true,
    });
    // Else the inspector keeps alive what it has shown.
    for (const each of [prototypeObjectId, objectId]) {
      await this.#call('Runtime.releaseObject', { objectId: each });
    }
    return sizes.result.value;
  }

  close(): void {
    this.#socket.close();
  }

  #call<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer as Promise<T>;
  }

  #read({ id, method, params, result, error }: Message): void {
    if (method === 'Runtime.executionContextCreated') this.#context = params?.context?.id;
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}
