/**
 * `imglish doctor`: what this machine has, what is missing, and how to get it.
 * Source: our own. Deviation: none.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { chooseHnswBuild, Library, type Settings } from '../../indexer/index.ts';
import { checkModelFiles, describeRuntime, messageOf } from '../../model/index.ts';
import { modelOf, modelSettings, openModel, settingOptions, settingsOf, using } from './context.ts';
import { checkWholeLibrary, type LibraryCheck } from './integrity-checks.ts';
import {
  exitCodes,
  formatBytes,
  formatNumber,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** what to do about it; empty where all is well */
  readonly remedy: string;
}

/** Enough for the graphs of the built-in model and an album; a library of any size needs more. */
const FREE_BYTES_MIN = 500_000_000;

const QUERY = 'a photo of a dog';

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('check Node, processor, providers, model and library, and say what is missing')
    .option('--check', 'also look whether the library is whole; large ones by samples')
    .option('--full', 'with --check: look at everything, and read every photo; hours for a large library')
    .option('--json', 'print one JSON document')
    .action(() => doctor(command));
  return settingOptions(command, modelSettings);
}

async function doctor(command: Command): Promise<void> {
  const settings = settingsOf(command);
  const checks = [
    checkNode(),
    checkProcessor(),
    ...checkProviders(),
    checkVectorSearch(),
    await checkModel(settings),
    await checkInference(settings),
    await checkDisk(settings),
    await checkLibrary(settings),
  ];
  const flags = command.opts<{ json?: boolean; check?: boolean; full?: boolean }>();
  let integrity: LibraryCheck['report'] = null;
  if (flags.check === true || flags.full === true) {
    const line = new ProgressLine({ isQuiet: flags.json === true });
    const whole = await checkWholeLibrary(settings, {
      full: flags.full === true,
      onProgress: ({ phase, done, total }) =>
        line.show(
          `Checking ${phase}: ${formatNumber(done)}${total === null ? '' : ` of ${formatNumber(total)}`}`,
        ),
    }).finally(() => line.clear());
    integrity = whole.report;
    checks.push(...whole.checks);
  }
  if (flags.json === true) printJson({ checks, ...(integrity !== null && { integrity }) });
  else printChecks(checks);
  if (checks.some(({ state }) => state === 'failed')) process.exitCode = exitCodes.failed;
}

function printChecks(checks: readonly Check[]): void {
  const marks = { ok: '✓', warning: '!', failed: '✗' } as const;
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, state, found, remedy } of checks) {
    printLine(`${marks[state]} ${name.padEnd(width)}  ${printable(found)}`);
    if (remedy !== '') printLine(`  ${' '.repeat(width)}  → ${printable(remedy)}`);
  }
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'Node.js',
    state: isEnough ? 'ok' : 'failed',
    found: `${process.versions.node} on ${process.platform} ${process.arch}`,
    remedy: isEnough ? '' : 'install Node.js 20.19 or later',
  };
}

/** What makes 8-bit arithmetic fast; without either the int8 graphs still run. */
const fastFeatures = new Set(['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'asimd', 'asimddp']);

function checkProcessor(): Check {
  const model = os.cpus()[0]?.model.trim() ?? process.arch;
  const features = processorFeatures().filter((feature) => fastFeatures.has(feature));
  const found = `${model}, ${os.availableParallelism()} threads, ${formatBytes(os.totalmem())} of memory`;
  const isSlow = process.arch === 'x64' && process.platform === 'linux' && !features.includes('avx2');
  return {
    name: 'Processor',
    state: isSlow ? 'warning' : 'ok',
    found: features.length === 0 ? found : `${found}; ${features.join(', ')}`,
    remedy: isSlow ? 'without AVX2 the network is several times slower; use a newer processor or a GPU' : '',
  };
}

function processorFeatures(): string[] {
  try {
    if (process.platform === 'linux') {
      const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
      return line?.[1]?.split(' ') ?? [];
    }
    if (process.platform === 'darwin') {
      const text = execFileSync('sysctl', ['-n', 'machdep.cpu.features'], {
        encoding: 'utf8',
        timeout: 2000,
      });
      return text.toLowerCase().split(/\s+/);
    }
  } catch {
    // Only the extra line of the report is lost.
  }
  return [];
}

function checkProviders(): Check[] {
  const { version, providers } = describeRuntime();
  const runtime: Check = {
    name: 'ONNX Runtime',
    state: 'ok',
    found: `${version}; in the package: ${list(providers.filter(({ bundled }) => bundled))}`,
    remedy: '',
  };
  const missing = providers.filter(({ bundled }) => !bundled);
  if (missing.length === 0) return [runtime];
  return [
    runtime,
    {
      name: 'GPU',
      state: 'ok',
      found: `${list(missing)} after its libraries are installed`,
      remedy: 'see "GPU" in README.md',
    },
  ];
}

function list(providers: readonly { readonly name: string }[]): string {
  return providers.map(({ name }) => name).join(', ');
}

function checkVectorSearch(): Check {
  const { build, reason } = chooseHnswBuild();
  return {
    name: 'Vector search',
    state: 'ok',
    found: build === 'native' ? `built for this processor (${reason})` : `plain build: ${reason}`,
    remedy: '',
  };
}

async function checkModel(settings: Settings): Promise<Check> {
  const name = 'Model';
  try {
    const model = await modelOf(settings);
    await checkModelFiles(model);
    const { beit3, fusion } = model.config;
    const fuses = beit3.heads.itm || fusion !== null ? ', fusion' : '';
    return {
      name,
      state: 'ok',
      found: `${model.config.name}: width ${beit3.width}, ${beit3.layers} layers, ${beit3.imageSide} px${fuses}; files unchanged`,
      remedy: '',
    };
  } catch (error) {
    return { name, state: 'failed', found: messageOf(error), remedy: 'see "imglish model list"' };
  }
}

async function checkInference(settings: Settings): Promise<Check> {
  const name = 'First words';
  try {
    const start = performance.now();
    const embedder = await openModel(settings);
    return await using([embedder], async () => {
      const { device, precision } = await embedder.load('text');
      await embedder.encodeTexts([QUERY]);
      const first = performance.now() - start;
      const again = performance.now();
      await embedder.encodeTexts([QUERY]);
      const second = performance.now() - again;
      return {
        name,
        state: 'ok',
        found: `${device}, ${precision}: ${formatNumber(first)} ms with loading, then ${formatNumber(second, 1)} ms`,
        remedy: '',
      };
    });
  } catch (error) {
    return { name, state: 'failed', found: messageOf(error), remedy: 'try --device cpu --precision fp32' };
  }
}

async function checkDisk({ dataFolder }: Settings): Promise<Check> {
  const name = 'Data folder';
  let folder = dataFolder;
  while (!existsSync(folder)) folder = path.dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const isTight = free < FREE_BYTES_MIN;
    return {
      name,
      state: isTight ? 'warning' : 'ok',
      found: `${dataFolder}${folder === dataFolder ? '' : ' (not there yet)'}, ${formatBytes(free)} free`,
      remedy: isTight ? 'free some space, or choose another folder with --data' : '',
    };
  } catch (error) {
    return {
      name,
      state: 'failed',
      found: messageOf(error),
      remedy: 'choose a folder that you may write to with --data',
    };
  }
}

async function checkLibrary(settings: Settings): Promise<Check> {
  const name = 'Library';
  if (!existsSync(settings.dataFolder)) {
    return { name, state: 'ok', found: 'none yet', remedy: 'imglish index <folder> makes one' };
  }
  try {
    const model = await modelOf(settings);
    const { config, identity } = model;
    const library = await Library.open({
      dataFolder: settings.dataFolder,
      mode: 'read',
      model: { name: config.name, identity, dimension: config.beit3.width },
    });
    return await using([library], () => {
      const { images, skipped, roots } = library.stats();
      return Promise.resolve({
        name,
        state: 'ok' as const,
        found: `${formatNumber(images)} photos from ${roots.length} folders, ${formatNumber(skipped)} skipped`,
        remedy: '',
      });
    });
  } catch (error) {
    return {
      name,
      state: 'failed',
      found: messageOf(error),
      remedy: 'the photos are untouched; the library can be built again',
    };
  }
}
