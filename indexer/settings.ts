/**
 * Environment variables and command-line flags, joined into one frozen object; the only reader of process.env.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import { z } from 'zod';
import { AppError, devices, precisions, type Device, type Precision } from '../model/index.ts';
import { apiKeysSchema, type ApiKey } from './api-keys.ts';

/** One value that a person can set. */
export interface SettingDefinition {
  /** As the command line shows it: `--port <number>`. Null: a secret, and every program of a machine can read command lines. */
  readonly flag: string | null;
  /** The environment variable of the same meaning; a flag wins over it. */
  readonly env: string;
  /** A line for the help page, with unit, range and default. */
  readonly description: string;
  readonly schema: z.ZodType;
  /** It may hold a password, so no message repeats it. */
  readonly isSecret?: true;
  /** The flag may be given several times, and gives a list. */
  readonly isRepeatable?: true;
}

/** Everything that can be set from outside, checked and complete. */
export interface Settings {
  /** Absolute. Holds the database, the index, thumbnails, imported models and generated graphs. */
  readonly dataFolder: string;
  /** Absolute. */
  readonly modelsFolder: string;
  /** Absolute. May be deleted at any time. */
  readonly cacheFolder: string;
  /** A name of the zoo, or the path of a model folder; null: the model of the library, or nano for a new one. */
  readonly model: string | null;
  readonly device: Device;
  readonly precision: Precision;
  /** Threads of the network, or null: as many as there are processors. */
  readonly threads: number | null;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Names, in small letters, by which others reach this server. */
  readonly allowedHosts: readonly string[];
  /** Absolute. Folders that may be indexed over HTTP; none: the default of `--allow-folder`. */
  readonly allowedFolders: readonly string[];
  /** Of a server that is asked instead of a library, or null. */
  readonly serverUrl: string | null;
  /** That it is sent, or null. */
  readonly apiKey: string | null;
  /** Who may ask; none: whoever can connect. */
  readonly apiKeys: readonly ApiKey[];
  /** A file with more of them, or null. */
  readonly apiKeysFile: string | null;
  /** Whether others may connect without a key. */
  readonly isInsecure: boolean;
  /** Whether pictures are fetched by the addresses that requests name. */
  readonly allowsImageUrls: boolean;
  readonly logForm: (typeof logForms)[number];
  /** null: as the form has it */
  readonly logLevel: (typeof logLevels)[number] | null;
  /** Larger photo files are skipped. */
  readonly fileBytesMax: number;
  /** Photos with more pixels are skipped. */
  readonly imagePixelsMax: number;
  /** Names of folders that a scan leaves out. */
  readonly excludeFolders: readonly string[];
  /** Patterns of files and folders that a scan leaves out. */
  readonly excludeGlobs: readonly string[];
  readonly followSymlinks: boolean;
  /** Cosine from which two photos may be versions of each other. */
  readonly nearThreshold: number;
  /** Photos whose file is gone stay in the library. */
  readonly keepMissing: boolean;
  /** Seconds between two looks at watched folders, or null: native events where they can be had. */
  readonly pollSeconds: number | null;
  /** Photos that are read and decoded at once, or null: twice the processors, 8 at most. */
  readonly concurrency: number | null;
  /** Whether this process embeds photos where workers do. */
  readonly localWork: boolean;
  /** Address of a Redis server for jobs and workers, or null: everything is done in this process, no port is dialled. */
  readonly redisUrl: string | null;
}

/** Folders that hold no photos of their own: thumbnails of NAS systems, version control, packages, bins. */
const EXCLUDED_DEFAULT = '@eaDir,#recycle,$RECYCLE.BIN,.git,node_modules,.Trash';

const POLL_SECONDS_DEFAULT = 5;

const MEBIBYTE = 1_048_576;
const MEGAPIXEL = 1_000_000;

const folder = z.string().min(1);
const whole = (min: number, max: number) =>
  z.coerce
    .number({ error: `expected a whole number from ${min} to ${max}` })
    .int(`expected a whole number from ${min} to ${max}`)
    .min(min, `expected a whole number from ${min} to ${max}`)
    .max(max, `expected a whole number from ${min} to ${max}`);
const truth = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'], { error: 'expected true or false' })])
  .transform((value) => value === true || value === 'true' || value === '1');
const oneOf = <T extends string>(values: readonly T[]) =>
  z.enum(values as [T, ...T[]], { error: `expected one of ${values.join(', ')}` });

const logForms = ['auto', 'json', 'pretty'] as const;
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** By the names that commander gives to the flags. */
export const settingDefinitions = {
  data: {
    flag: '--data <folder>',
    env: 'IMGLISH_DATA',
    description: 'library folder (default: ./imglish-data)',
    schema: folder.default('imglish-data'),
  },
  models: {
    flag: '--models <folder>',
    env: 'IMGLISH_MODELS',
    description: 'folder of imported models (default: models in the library folder)',
    schema: folder.optional(),
  },
  cache: {
    flag: '--cache <folder>',
    env: 'IMGLISH_CACHE',
    description: 'folder of generated graphs, may be deleted (default: cache in the library folder)',
    schema: folder.optional(),
  },
  model: {
    flag: '--model <name or folder>',
    env: 'IMGLISH_MODEL',
    description:
      'model to work with (default: that of the library; nano, the built-in one, for a new library)',
    schema: z.string().min(1).optional(),
  },
  device: {
    flag: '--device <name>',
    env: 'IMGLISH_DEVICE',
    description: `${devices.join(', ')} (default: auto)`,
    schema: oneOf(devices).default('auto'),
  },
  precision: {
    flag: '--precision <name>',
    env: 'IMGLISH_PRECISION',
    description: `${precisions.join(', ')} (default: auto)`,
    schema: oneOf(precisions).default('auto'),
  },
  threads: {
    flag: '--threads <number>',
    env: 'IMGLISH_THREADS',
    description: 'threads of the network, 1 to 512 (default: one per processor)',
    schema: whole(1, 512).optional(),
  },
  host: {
    flag: '--host <address>',
    env: 'IMGLISH_HOST',
    description: 'address to serve on (default: 127.0.0.1, this machine only)',
    schema: z.string().min(1).default('127.0.0.1'),
  },
  port: {
    flag: '--port <number>',
    env: 'IMGLISH_PORT',
    description: 'port to serve on, 0 for any free one (default: 3210)',
    schema: whole(0, 65_535).default(3210),
  },
  allowHost: {
    flag: '--allow-host <names>',
    env: 'IMGLISH_ALLOW_HOST',
    description:
      'names by which others reach this server, directly or through a proxy, separated by commas (default: none but --host)',
    schema: z.string().default(''),
  },
  allowFolder: {
    flag: '--allow-folder <folder>',
    env: 'IMGLISH_ALLOW_FOLDERS',
    description:
      'folder that may be indexed from the page, beside those indexed before; may be given several times, in the variable separated by commas (default: the home folder, where only this machine can connect)',
    schema: z.union([z.string(), z.array(z.string())]).default([]),
    isRepeatable: true,
  },
  url: {
    flag: '--url <address>',
    env: 'IMGLISH_URL',
    description: 'ask the server at this address instead of reading the library (default: none)',
    schema: z
      .url({ protocol: /^https?$/, error: 'expected an address such as http://127.0.0.1:3210' })
      .optional(),
  },
  apiKey: {
    flag: null,
    env: 'IMGLISH_API_KEY',
    description: 'key that the server of --url is sent (default: none)',
    schema: z.string().min(1).optional(),
    isSecret: true,
  },
  apiKeys: {
    flag: null,
    env: 'IMGLISH_API_KEYS',
    description:
      'keys that the server asks for, read:<key> or admin:<key>, separated by commas, each of 16 characters or more (default: none)',
    schema: apiKeysSchema.default([]),
    isSecret: true,
  },
  apiKeysFile: {
    flag: '--api-keys-file <file>',
    env: 'IMGLISH_API_KEYS_FILE',
    description: 'file of more keys, one a line (default: none)',
    schema: z.string().min(1).optional(),
  },
  insecure: {
    flag: '--insecure',
    env: 'IMGLISH_INSECURE',
    description: 'serve other machines without asking for a key (default: false)',
    schema: truth.default(false),
  },
  allowImageUrls: {
    flag: '--allow-image-urls',
    env: 'IMGLISH_ALLOW_IMAGE_URLS',
    description:
      'fetch pictures that requests name by their address, from the public internet only (default: false)',
    schema: truth.default(false),
  },
  log: {
    flag: '--log <form>',
    env: 'IMGLISH_LOG',
    description:
      'lines of the log on stderr: json, pretty (for people), auto: by what stderr is (default: auto)',
    schema: oneOf(logForms).default('auto'),
  },
  logLevel: {
    flag: '--log-level <level>',
    env: 'IMGLISH_LOG_LEVEL',
    description: `from which level on lines are written, ${logLevels.join(', ')} (default: info, pretty: warn)`,
    schema: oneOf(logLevels).optional(),
  },
  maxFile: {
    flag: '--max-file <MiB>',
    env: 'IMGLISH_MAX_FILE',
    description: 'larger photo files are skipped, 1 to 4096 (default: 256)',
    schema: whole(1, 4096).default(256),
  },
  maxPixels: {
    flag: '--max-pixels <megapixels>',
    env: 'IMGLISH_MAX_PIXELS',
    description: 'photos with more pixels are skipped, 1 to 1000 (default: 268)',
    schema: whole(1, 1000).default(268),
  },
  excludeDir: {
    flag: '--exclude-dir <names>',
    env: 'IMGLISH_EXCLUDE_DIR',
    description: `names of folders to leave out, separated by commas (default: ${EXCLUDED_DEFAULT})`,
    schema: z.string().default(EXCLUDED_DEFAULT),
  },
  exclude: {
    flag: '--exclude <patterns>',
    env: 'IMGLISH_EXCLUDE',
    description:
      'files and folders to leave out, such as "*.tif,private,2019/**"; may be given several times (default: none)',
    schema: z.union([z.string(), z.array(z.string())]).default([]),
    isRepeatable: true,
  },
  keepMissing: {
    flag: '--keep-missing',
    env: 'IMGLISH_KEEP_MISSING',
    description: 'keep photos whose file is gone in the library (default: false)',
    schema: truth.default(false),
  },
  threshold: {
    flag: '--threshold <cosine>',
    env: 'IMGLISH_THRESHOLD',
    description:
      'cosine from which photos may be look-alikes, 0.5 to 1; their outlines must agree too (default: 0.9)',
    schema: z.coerce
      .number({ error: 'expected a number from 0.5 to 1' })
      .min(0.5, 'expected a number from 0.5 to 1')
      .max(1, 'expected a number from 0.5 to 1')
      .default(0.9),
  },
  followSymlinks: {
    flag: '--follow-symlinks',
    env: 'IMGLISH_FOLLOW_SYMLINKS',
    description: 'scan what symbolic links point to (default: false)',
    schema: truth.default(false),
  },
  poll: {
    flag: '--poll [seconds]',
    env: 'IMGLISH_POLL',
    description: `look through watched folders every so many seconds, 1 to 86400 (without a number: ${POLL_SECONDS_DEFAULT}), in place of waiting for the system to tell of changes (default: for network shares only)`,
    schema: z.preprocess(
      (value) => (value === true ? POLL_SECONDS_DEFAULT : value),
      whole(1, 86_400).optional(),
    ),
  },
  concurrency: {
    flag: '--concurrency <number>',
    env: 'IMGLISH_CONCURRENCY',
    description:
      'photos that are read and decoded at once, 1 to 64 (default: twice the processors, 8 at most)',
    schema: whole(1, 64).optional(),
  },
  localWork: {
    flag: '--no-local-work',
    env: 'IMGLISH_LOCAL_WORK',
    description:
      'with --redis, leave photos to workers and do only what they cannot; IMGLISH_LOCAL_WORK=false says the same (default: this process works too)',
    schema: truth.default(true),
  },
  redis: {
    flag: '--redis <url>',
    env: 'IMGLISH_REDIS_URL',
    description:
      'Redis server for jobs and for workers on other machines, redis://host:6379 (default: none, nothing is dialled)',
    schema: z
      .url({ protocol: /^rediss?$/, error: 'expected an address such as redis://host:6379' })
      .optional(),
    isSecret: true,
  },
} as const satisfies Readonly<Record<string, SettingDefinition>>;

export type SettingName = keyof typeof settingDefinitions;

type Values = { [Name in SettingName]: z.infer<(typeof settingDefinitions)[Name]['schema']> };

/**
 * @param flags by setting name; what is missing comes from the environment, then from the defaults
 * @throws AppError INVALID_ARGUMENT naming the flag or variable, what was found and what is expected
 */
export function readSettings(
  flags: Readonly<Record<string, unknown>> = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  refuseUnknown(environment);
  const values = Object.fromEntries(
    Object.entries(settingDefinitions).map(([name, definition]) => [
      name,
      readOne(definition, flags[name], environment),
    ]),
  ) as Values;
  const dataFolder = path.resolve(values.data);
  return Object.freeze({
    dataFolder,
    modelsFolder: path.resolve(values.models ?? path.join(dataFolder, 'models')),
    cacheFolder: path.resolve(values.cache ?? path.join(dataFolder, 'cache')),
    model: values.model ?? null,
    device: values.device,
    precision: values.precision,
    threads: values.threads ?? null,
    host: values.host,
    port: values.port,
    allowedHosts: Object.freeze(splitNames(values.allowHost).map((name) => name.toLowerCase())),
    allowedFolders: Object.freeze(foldersOf(values.allowFolder)),
    serverUrl: values.url ?? null,
    apiKey: values.apiKey ?? null,
    apiKeys: Object.freeze(values.apiKeys),
    apiKeysFile: values.apiKeysFile === undefined ? null : path.resolve(values.apiKeysFile),
    isInsecure: values.insecure,
    allowsImageUrls: values.allowImageUrls,
    logForm: values.log,
    logLevel: values.logLevel ?? null,
    fileBytesMax: values.maxFile * MEBIBYTE,
    imagePixelsMax: values.maxPixels * MEGAPIXEL,
    excludeFolders: Object.freeze(splitNames(values.excludeDir)),
    excludeGlobs: Object.freeze([values.exclude].flat().flatMap((globs) => splitGlobs(globs))),
    followSymlinks: values.followSymlinks,
    nearThreshold: values.threshold,
    keepMissing: values.keepMissing,
    pollSeconds: values.poll ?? null,
    concurrency: values.concurrency ?? null,
    localWork: values.localWork,
    redisUrl: values.redis ?? null,
  });
}

/** A flag names one folder, whatever characters are in it; a variable holds a list. */
function foldersOf(given: string | readonly string[]): string[] {
  const places = typeof given === 'string' ? splitNames(given) : given;
  return places.map((place) => path.resolve(place));
}

function splitNames(names: string): string[] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** At commas, but not at those inside of braces: `*.{tif,png},private` is two patterns. */
function splitGlobs(globs: string): string[] {
  const parts = globs.match(/(?:\{[^{}]*\}|[^,])+/g) ?? [];
  return parts.map((glob) => glob.trim()).filter((glob) => glob !== '');
}

function readOne(
  definition: SettingDefinition,
  flag: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): unknown {
  const variable = environment[definition.env];
  const fromEnvironment = variable === undefined || variable === '' ? undefined : variable;
  const parsed = definition.schema.safeParse(flag ?? fromEnvironment);
  if (parsed.success) return parsed.data;
  const place =
    (flag ?? undefined) === undefined ? definition.env : (definition.flag?.split(' ')[0] ?? definition.env);
  const found =
    definition.isSecret === true
      ? 'another value (it may hold a password and is not repeated)'
      : JSON.stringify(flag ?? fromEnvironment);
  throw new AppError(
    'INVALID_ARGUMENT',
    `${place}: found ${found}, ${parsed.error.issues[0]?.message ?? 'which is not valid'}; ${definition.description}`,
  );
}

/** A misspelt variable would otherwise be ignored without a word. Tests have one of their own. */
const OTHER_VARIABLES = new Set(['IMGLISH_SHARED']);

function refuseUnknown(environment: Readonly<Record<string, string | undefined>>): void {
  const known = new Set<string>(Object.values(settingDefinitions).map(({ env }) => env));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('IMGLISH_') || known.has(name) || OTHER_VARIABLES.has(name)) continue;
    throw new AppError(
      'INVALID_ARGUMENT',
      `${name}: there is no such setting, expected one of ${[...known].join(', ')}; unset it or correct its name`,
    );
  }
}
