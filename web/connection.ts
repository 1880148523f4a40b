/** The API key: asked for, tried out, and kept in a variable of this page alone. */
import { Visavis } from '../client/api.ts';
import { ApiError } from '../client/problem.ts';
import type { Model } from '../client/types.ts';
import { announce, find, whileBusy } from './dom.ts';
import { explain } from './words.ts';

/** Documented; valid under `npm start` only. */
const DEVELOPMENT_KEY = 'visavis-dev';

export interface Connection {
  readonly api: Visavis;
  readonly model: Model;
}

export class Connector {
  #connection: Connection | undefined;
  readonly #listeners: ((connection: Connection) => void)[] = [];
  readonly #form = find<HTMLFormElement>('key-form');
  readonly #key = find<HTMLInputElement>('key');
  readonly #error = find('key-error');

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void whileBusy(find('key-use'), 'Checking…', () => this.#connect(this.#key.value.trim()));
    });
    find('key-change').addEventListener('click', () => {
      this.#connection = undefined;
      this.#show();
      this.#key.focus();
    });
  }

  /** The documented key is tried where it may be valid, so that nobody has to look for it. */
  async start(): Promise<void> {
    if (!isLoopback()) return;
    this.#key.value = DEVELOPMENT_KEY;
    await this.#connect(DEVELOPMENT_KEY, { quiet: true });
  }

  /** Calls it with every connection that is made. */
  whenConnected(listener: (connection: Connection) => void): void {
    this.#listeners.push(listener);
  }

  /** The connection, where there is one. */
  get connected(): Connection | undefined {
    return this.#connection;
  }

  /** The connection; where there is none, the way to it. */
  get(): Connection | undefined {
    if (!this.#connection) {
      this.#fail('Enter an API key first.');
      this.#key.focus();
    }
    return this.#connection;
  }

  async #connect(key: string, { quiet = false } = {}): Promise<void> {
    const api = new Visavis({ url: location.origin, key });
    try {
      this.#connection = { api, model: await api.model() };
    } catch (error) {
      if (quiet && error instanceof ApiError) {
        this.#key.value = '';
        return;
      }
      const { title, hint } = explain(error);
      this.#fail(`${title}. ${hint}`);
      this.#key.focus();
      return;
    }
    this.#key.value = '';
    this.#show();
    announce('The API key is accepted.');
    for (const listener of this.#listeners) listener(this.#connection);
  }

  #fail(text: string): void {
    this.#error.textContent = text;
    this.#error.hidden = false;
    this.#key.setAttribute('aria-invalid', 'true');
  }

  #show(): void {
    const connection = this.#connection;
    this.#form.hidden = connection !== undefined;
    this.#error.hidden = true;
    this.#key.removeAttribute('aria-invalid');
    find('connected').hidden = connection === undefined;
    if (connection) {
      const { fast, name } = connection.model;
      const networks = fast === undefined ? name : `${fast}+${name}`;
      find('connected-text').textContent = `Connected to ${networks}`;
    }
  }
}

function isLoopback(): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
}
