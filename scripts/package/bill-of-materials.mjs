// The tree that ships -> its CycloneDX bill of materials: npm's own, with the Node and the native libraries inside.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './commands.mjs';
import { installedPackages } from './installed.mjs';
import { nodeRuntime } from './node-runtime.mjs';

/** Numbers of interfaces and data in process.versions, which are no libraries. */
const noLibraries = new Set(['node', 'modules', 'napi', 'cldr', 'tz']);

const native = (name, version, more = {}) => ({
  type: 'library',
  'bom-ref': `native:${name}@${version}`,
  name,
  version,
  purl: `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`,
  ...more,
});

/** Node of this machine's architecture tells what Node of the same version consists of on any. */
function nodeComponent(tree, version) {
  const here = nodeRuntime(process.arch === 'x64' ? 'amd64' : process.arch).folder;
  const versions = JSON.parse(
    output(join(here, 'bin/node'), ['--print', 'JSON.stringify(process.versions)']),
  );
  const parts = Object.entries(versions).filter(([name]) => !noLibraries.has(name));
  return native('node', version, {
    type: 'platform',
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { name: 'MIT, and those of its parts' } }],
    hashes: [
      {
        alg: 'SHA-256',
        content: createHash('sha256')
          .update(readFileSync(join(tree, 'bin/node')))
          .digest('hex'),
      },
    ],
    components: parts.map(([name, of]) => native(name, of, { 'bom-ref': `native:node/${name}@${of}` })),
  });
}

/** @param integrity `sha512-` and base64, as npm has it */
const hashOf = (integrity) => ({
  alg: 'SHA-512',
  content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex'),
});

/**
 * @param tree with node_modules as npm has installed them
 * @param builtAt Date, so that the same commit gives the same bill
 */
export function billOfMaterials(tree, nodeVersion, builtAt) {
  const bom = JSON.parse(
    output('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--loglevel=error'], {
      cwd: tree,
    }),
  );
  // Optional, and drawn by lot.
  delete bom.serialNumber;
  bom.metadata.timestamp = builtAt.toISOString();
  // npm takes the name of the folder.
  bom.metadata.component.name = 'cspcam';

  // npm passes on what packages declare; `git@host:path` is no address, and strict readers refuse the whole bill for it.
  for (const component of bom.components)
    component.externalReferences = component.externalReferences.filter(({ url }) => URL.canParse(url));

  const components = new Map(bom.components.map((component) => [component['bom-ref'], component]));
  const added = [nodeComponent(tree, nodeVersion)];
  for (const { path, name, version, integrity } of installedPackages(tree)) {
    const component = components.get(`${name}@${version}`);
    if (component === undefined)
      throw new Error(`expected ${name}@${version} in the bill of materials of npm, received none`);
    component.hashes = [hashOf(integrity)];
    if (name === 'onnxruntime-node')
      added.push(native('onnxruntime', version, { licenses: [{ license: { id: 'MIT' } }] }));
    if (name.startsWith('@img/sharp-libvips-')) {
      const versions = JSON.parse(readFileSync(join(tree, path, 'versions.json'), 'utf8'));
      added.push(...Object.entries(versions).map(([library, of]) => native(library, of)));
    }
  }
  bom.components.push(...added);
  const own = bom.dependencies.find(({ ref }) => ref === bom.metadata.component['bom-ref']);
  own.dependsOn.push(...added.map((component) => component['bom-ref']));
  bom.dependencies.push(...added.map((component) => ({ ref: component['bom-ref'], dependsOn: [] })));
  return bom;
}
