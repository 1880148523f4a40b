/** Configuration of workerd, in Cap'n Proto's text form, for a deployment on one's own machine. */

/** Manifest of a bundle: the part of wrangler.toml that workerd needs. */
export interface Manifest {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Files of `worker/`, the main module first. */
  readonly modules: readonly string[];
  /** Variables, with their values unless the environment has others. */
  readonly vars: Readonly<Record<string, string>>;
  /** Secrets that have to be set. */
  readonly secrets: readonly string[];
  readonly durableObjects: readonly { readonly name: string; readonly className: string }[];
  /** Limits, in requests a period of seconds. */
  readonly rateLimits: readonly {
    readonly name: string;
    readonly limit: number;
    readonly period: number;
  }[];
  /** Binding of the files in `web/`. */
  readonly assets: string;
}

/** One running instance: where it listens and keeps what it stores. */
export interface Instance {
  readonly host: string;
  readonly port: number;
  /** Folder of the bundle; both are absolute paths. */
  readonly bundle: string;
  readonly data: string;
  /** Header that the proxy before it writes the client's address to. */
  readonly clientIpHeader: string | undefined;
  /** Variables and secrets that are set in the environment of workerd. */
  readonly variables: readonly string[];
}

/** Prefix of the folder that a class of Durable Objects is stored in. Another one: another storage. */
const STORAGE_KEY = 'visavis-';

const text = (value: string): string => JSON.stringify(value);

/** Host and port as a URL has them: an IPv6 address in brackets (RFC 3986, section 3.2.2). */
export function authority(host: string, port: number | string): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Text of the configuration: `workerd serve --experimental --import-path BUNDLE FILE`. */
export function workerdConfig(manifest: Manifest, instance: Instance): string {
  const { host, port, bundle, data, clientIpHeader } = instance;
  const address = authority(host, port);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  sockets = [(name = "http", address = ${text(address)}, http = (), service = "visavis")],
  services = [
    (name = "visavis", worker = .visavis),
    (name = "assets", assets = (
      path = ${text(`${bundle}/web`)},
      config = "{\\"html_handling\\":\\"none\\",\\"not_found_handling\\":\\"none\\"}",
      compatibilityDate = ${text(manifest.compatibilityDate)},
    )),
    (name = "storage", disk = (path = ${text(data)}, writable = true)),
    (name = "internet", network = (allow = [])),
  ],
  extensions = [(modules = [(
    name = "visavis:rate-limit", internal = true, esModule = embed "/workerd/rate-limit.mjs",
  )])],
);

const visavis :Workerd.Worker = (
  modules = [
    (name = "entry.js", esModule = embed "/workerd/entry.mjs"),
${manifest.modules.map((file) => `    (name = ${text(file)}, ${moduleKind(file)} = embed ${text(`/worker/${file}`)}),`).join('\n')}
  ],
  compatibilityDate = ${text(manifest.compatibilityDate)},
  compatibilityFlags = [${manifest.compatibilityFlags.map(text).join(', ')}],
  bindings = [
    (name = "CLIENT_IP_HEADER", text = ${text(clientIpHeader ?? '')}),
${bindings(manifest, instance)
  .map((binding) => `    (name = ${binding}),`)
  .join('\n')}
  ],
  durableObjectNamespaces = [
${manifest.durableObjects
  .map(
    ({ className }) =>
      `    (className = ${text(className)}, uniqueKey = ${text(STORAGE_KEY + className)}, enableSql = true),`,
  )
  .join('\n')}
  ],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}

function bindings(manifest: Manifest, { variables }: Instance): string[] {
  return [
    ...variables.map((name) => `${text(name)}, fromEnvironment = ${text(name)}`),
    ...manifest.durableObjects.map(
      ({ name, className }) => `${text(name)}, durableObjectNamespace = ${text(className)}`,
    ),
    ...manifest.rateLimits.map(({ name, limit, period }) => {
      const settings = text(JSON.stringify({ limit, period }));
      const inner = `(name = "settings", json = ${settings})`;
      return `${text(name)}, wrapped = (moduleName = "visavis:rate-limit", innerBindings = [${inner}])`;
    }),
    `${text(manifest.assets)}, service = (name = "assets", entrypoint = "AssetWorker")`,
  ];
}

function moduleKind(file: string): string {
  if (file.endsWith('.js')) return 'esModule';
  return file.endsWith('.wasm') ? 'wasm' : 'data';
}
