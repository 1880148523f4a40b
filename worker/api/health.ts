/** `GET /healthz`: the isolate runs. Needs no key, and touches neither weights nor bindings. */
import type { Handler } from 'hono';

export const health: Handler = (c) => c.json({ status: 'ok' });
