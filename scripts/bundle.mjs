/**
 * Puts the compiled command line into few files: `dist/scripts/imglish.js` and what it loads later, in `dist/bundle`.
 * Source: rolldown's documentation. Deviation: none.
 *
 * Node spends about a millisecond on every module it loads, and there are 900: most of what a command took. Modules keep
 * believing in their own place, so that workers, the built-in model and the page are found where the compiler left them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');
const bundle = path.join(dist, 'bundle');

/** Packages of many small files and nothing else. All others stay outside: they have add-ons, or files of their own. */
const BUNDLED = [
  '@bufbuild/protobuf',
  'cli-table3',
  'commander',
  'csv-parse',
  'csv-stringify',
  'exifreader',
  'picomatch',
  'yauzl',
  'zod',
];

const isOf = (id, name) => id === name || id.startsWith(`${name}/`);
const isBare = (id) => !id.startsWith('.') && !path.isAbsolute(id);

const built = await rolldown({
  input: { imglish: path.join(dist, 'scripts', 'cli', 'main.js') },
  platform: 'node',
  external: (id, importer) =>
    isBare(id) &&
    !BUNDLED.some((name) => isOf(id, name)) &&
    (id.startsWith('node:') || importer === undefined || !importer.includes('node_modules')),
  plugins: [{ name: 'own-place', transform: keepPlace }],
});
rmSync(bundle, { recursive: true, force: true });
const { output } = await built.write({
  dir: dist,
  entryFileNames: 'scripts/[name].js',
  chunkFileNames: 'bundle/[name]-[hash].js',
});
await built.close();

const packages = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds.map(packageOf)));
packages.delete(undefined);
writeFileSync(
  path.join(bundle, 'LICENSES.txt'),
  [...packages]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map(licenceOf)
    .join('\n\n'),
);

/** Entry and chunks lie as deep below `dist` as each other, so one relative address serves in all of them. */
function keepPlace(code, id) {
  if (!code.includes('import.meta') || !id.startsWith(dist)) return null;
  const place = path.relative(dist, id).replaceAll(path.sep, '/');
  return code.replaceAll(/\bimport\.meta\.(\w+)/g, (found, name) => {
    if (name === 'url') return `${addressOf(place)}.href`;
    if (name === 'dirname')
      return `process.getBuiltinModule('node:url').fileURLToPath(${addressOf(path.posix.dirname(place))})`;
    throw new Error(
      `${place}: found ${found}, expected import.meta.url or import.meta.dirname; see bundle.mjs`,
    );
  });
}

function addressOf(file) {
  return `new URL(${JSON.stringify(`../${file}`)}, import.meta.url)`;
}

function packageOf(id) {
  const [, inside] = id.split(/.*[\\/]node_modules[\\/]/);
  if (inside === undefined) return undefined;
  return inside
    .split(/[\\/]/)
    .slice(0, inside.startsWith('@') ? 2 : 1)
    .join('/');
}

function licenceOf(name) {
  const folder = path.join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}
