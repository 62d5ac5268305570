/**
 * Copies what the compiler and the bundler leave alone: the page of the documentation.
 * Source: our own. Deviation: none.
 */
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

// Swagger UI is needed for its bundle alone, so it is no dependency of the installed package.
const docs = path.join(root, 'web', 'docs');
const docsTarget = path.join(root, 'dist', 'web', 'docs');
const bundle = path.join(root, 'node_modules', 'swagger-ui-dist');
mkdirSync(docsTarget, { recursive: true });
for (const entry of readdirSync(docs)) cpSync(path.join(docs, entry), path.join(docsTarget, entry));
for (const entry of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']) {
  cpSync(path.join(bundle, entry), path.join(docsTarget, entry));
}
cpSync(path.join(root, 'web', 'page', 'icon.svg'), path.join(docsTarget, 'icon.svg'));
