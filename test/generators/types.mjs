/**
 * Types of openapi.json by openapi-typescript, binary fields as Blob, as its documentation has it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const [from, to] = process.argv.slice(2);
const BLOB = ts.factory.createTypeReferenceNode('Blob');
const ast = await openapiTS(JSON.parse(readFileSync(from, 'utf8')), {
  transform: ({ format }) => (format === 'binary' ? BLOB : undefined),
});
writeFileSync(to, astToString(ast));
