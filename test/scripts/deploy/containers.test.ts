/**
 * Dockerfile and compose files, read and not built: no build machine of ours has an engine for them.
 * Source: the references of Dockerfile and Compose. Deviation: none.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Script } from 'node:vm';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingDefinitions } from '../../../indexer/index.ts';
import { projectRoot } from '../../support/paths.ts';

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

function textOf(name: string): string {
  return readFileSync(path.join(projectRoot, name), 'utf8');
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.replaceAll(/\\\n/g, ' ').split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      assert.notEqual(word, '', `no instruction: ${line}`);
      return { word, rest };
    });
}

const all = instructionsOf(textOf('Dockerfile'));
const args = new Map(
  all.filter(({ word }) => word === 'ARG').map(({ rest }) => rest.split('=') as [string, string]),
);

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    const [, from = '', name] = /^(\S+)(?: AS (\S+))?$/.exec(instruction.rest) ?? [];
    if (instruction.word === 'FROM') stages.push({ from, name, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

const stages = stagesOf(all);

function filled(text: string, variant: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_found, name: string) => {
    const value = name === 'VARIANT' ? variant : args.get(name);
    assert.ok(value !== undefined, `ARG ${name} is missing`);
    return value;
  });
}

describe('the Dockerfile', () => {
  for (const variant of ['cpu', 'cuda']) {
    it(`makes the variant ${variant} of stages that are there, from images with a fixed version`, () => {
      const known = new Set<string>();
      for (const { from, name, instructions } of stages) {
        const base = filled(from, variant);
        assert.ok(known.has(base) || /^[\w/.-]+:\d[\w.-]+$/.test(base), `${base} is neither stage nor image`);
        for (const { word, rest } of instructions) {
          const source = word === 'COPY' ? /^--from=(\S+)/.exec(rest)?.[1] : undefined;
          assert.ok(source === undefined || known.has(source), `${rest}: there is no such stage before`);
        }
        if (name !== undefined) known.add(name);
      }
    });
  }

  it('copies only what there is, and what is not left out', () => {
    const ignored = textOf('.dockerignore').split('\n');
    const copied = all
      .filter(({ word }) => word === 'COPY')
      .flatMap(({ rest }) =>
        rest
          .replace(/^--from=\S+ /, '')
          .split(' ')
          .slice(0, -1),
      );
    const own = copied.map((file) => file.replace(/^\/app\//, '')).filter((file) => !file.startsWith('/'));
    assert.ok(own.length >= 8);
    for (const file of own) {
      // Made inside.
      if (file === 'node_modules' || file === 'dist') continue;
      assert.ok(existsSync(path.join(projectRoot, file)), `${file} is not there`);
      assert.ok(!ignored.includes(file), `${file} is left out by .dockerignore`);
    }
  });

  it('needs for running what the package ships', () => {
    const { files } = JSON.parse(textOf('package.json')) as { readonly files: readonly string[] };
    const last =
      stages
        .at(-1)
        ?.instructions.map(({ rest }) => rest)
        .join('\n') ?? '';
    for (const file of files.filter((one) => !one.startsWith('web/')))
      assert.ok(last.includes(`/app/${file} `), `${file} is not copied`);
  });

  it('runs as nobody in particular, says how it is, and ends by the signal it is sent', () => {
    const last = stages.at(-1)?.instructions ?? [];
    const one = (name: string): string => {
      const found = last.filter(({ word }) => word === name);
      assert.equal(found.length, 1, name);
      return found[0]?.rest ?? '';
    };
    assert.match(one('USER'), /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(one('VOLUME'), '/data');
    assert.match(one('HEALTHCHECK'), /\/health/);
    // A shell in between would keep SIGTERM to itself.
    for (const name of ['ENTRYPOINT', 'CMD']) assert.ok(Array.isArray(JSON.parse(one(name))), name);
    const check = /CMD (\[.*\])$/.exec(one('HEALTHCHECK'))?.[1] ?? '';
    const [, , script = ''] = JSON.parse(check) as string[];
    // Compiled, not run.
    assert.doesNotThrow(() => new Script(script));
    const variables = Array.from(one('ENV').matchAll(/(\w+)=/g), ([, name]) => name);
    const settings = new Set<string>(Object.values(settingDefinitions).map(({ env }) => env));
    for (const name of variables) assert.ok(name === 'NODE_ENV' || settings.has(name ?? ''), name);
  });
});

const service = z.looseObject({
  image: z.string(),
  build: z.looseObject({ args: z.record(z.string(), z.string()) }).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
  ports: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

describe('compose.yaml', () => {
  const { services, volumes } = composeSchema.parse(parse(textOf('compose.yaml'), { merge: true }));

  it('publishes one port, on this machine only, and none of Redis', () => {
    assert.deepEqual(services['imglish']?.ports, ['127.0.0.1:3210:3210']);
    for (const name of ['redis', 'worker']) assert.equal(services[name]?.ports, undefined, name);
  });

  it('waits for a Redis that answers, and asks for keys', () => {
    assert.ok(services['redis']?.healthcheck !== undefined);
    for (const name of ['imglish', 'worker'])
      assert.equal(services[name]?.depends_on?.['redis']?.condition, 'service_healthy', name);
    assert.match(services['imglish']?.environment?.['IMGLISH_API_KEYS'] ?? '', /^\$\{IMGLISH_API_KEYS:\?/);
  });

  it('names settings, volumes and variants that there are', () => {
    const settings = new Set<string>(Object.values(settingDefinitions).map(({ env }) => env));
    for (const { environment = {}, volumes: mounts = [], build } of Object.values(services)) {
      for (const name of Object.keys(environment)) assert.ok(settings.has(name), name);
      for (const mount of mounts.filter((one) => !one.startsWith('$')))
        assert.ok((mount.split(':')[0] ?? '') in volumes, mount);
      assert.ok(build === undefined || build.args['VARIANT'] === 'cpu');
    }
    const cuda = z
      .object({
        services: z.record(z.string(), z.looseObject({ build: z.looseObject({ args: z.unknown() }) })),
      })
      .loose()
      .parse(parse(textOf('compose.cuda.yaml'), { merge: true }));
    assert.deepEqual(Object.keys(cuda.services), ['imglish', 'worker']);
    for (const { build } of Object.values(cuda.services)) assert.deepEqual(build.args, { VARIANT: 'cuda' });
  });

  it('gives photos to read only, and no rights that are not needed', () => {
    for (const name of ['imglish', 'worker']) {
      const found = services[name];
      assert.equal(found?.read_only, true);
      assert.deepEqual(found.cap_drop, ['ALL']);
      assert.ok(found.volumes?.some((mount) => mount.endsWith(':/photos:ro')));
    }
  });
});
