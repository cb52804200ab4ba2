/**
 * The effective settings of the stack as SSM parameters, from which the CLI reads them (`revoker --stack`):
 * `variables` is the environment of the functions, one NAME=value a line; `files/<nn>` are the texts of values such as
 * `@dist/handlers/protected.json`, as JSON, compressed, in parts. The packager calls this. Why: docs/adr/0026.
 */
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { basename } = require('node:path');
const { brotliCompressSync } = require('node:zlib');

/** Parameters whose value may be `@file`, by variable. The files are in the package. */
const FILE_VALUES = { PROTECTED: 'protected', SENDERS: 'senders', WEBHOOKS: 'webhooks', SSF_ISSUERS: 'ssfIssuers' };
/** The functions that write audit records. */
const AUDITED = ['revokeUrgent', 'revokeBulk', 'ingest', 'replay', 'reconcile'];
/** Where the build copies the files of these values to. */
const BUILT = 'dist/handlers/';
/** Of a standard parameter, in characters of base64. (Systems Manager quotas) */
const MAX_PART = 4_096;
/** Two digits number the parts. */
const MAX_PARTS = 100;

module.exports = async ({ resolveVariable }) => {
  const name = await resolveVariable('self:custom.name');
  const environment = await resolveVariable('self:provider.environment');
  const parts = splitText(await packFiles(resolveVariable));
  const groups = AUDITED.map((each) => `/aws/lambda/${name}-${each}`).join(',');
  const hash = createHash('sha256').update(parts.join('')).digest('hex');
  const variables = { ...environment, REVOKER_LOG_GROUPS: groups, REVOKER_FILES: `${parts.length} ${hash}` };
  const lines = Object.entries(variables).flatMap(([key, value]) => [`${key}=`, value, '\n']);
  return {
    Resources: {
      Settings: parameterOf(`/${name}/settings/variables`, { 'Fn::Join': ['', lines] }),
      ...Object.fromEntries(
        parts.map((part, index) => {
          const number = String(index).padStart(2, '0');
          return [`SettingsFile${number}`, parameterOf(`/${name}/settings/files/${number}`, part)];
        }),
      ),
    },
  };
};

/** The variables fit into a standard parameter as long as Lambda accepts them: both end at 4 KB. */
const parameterOf = (Name, Value) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: {
    Name,
    Type: 'String',
    Tier: 'Intelligent-Tiering',
    Description: 'Settings of the revocation handler for its CLI, without secrets',
    Value,
  },
});

/** Base64 of the compressed JSON of the files' texts by variable; empty if no value is a file. */
const packFiles = async (resolveVariable) => {
  const texts = {};
  for (const [variable, parameter] of Object.entries(FILE_VALUES)) {
    const value = await resolveVariable(`param:${parameter}`);
    if (typeof value === 'string' && value.startsWith('@')) texts[variable] = readBuilt(value.slice(1));
  }
  return Object.keys(texts).length === 0 ? '' : brotliCompressSync(JSON.stringify(texts)).toString('base64');
};

/** A list that was edited after the build would not be deployed, such as a new entry of PROTECTED. */
const readBuilt = (path) => {
  const source = basename(path);
  if (!existsSync(path))
    throw new Error(`settings: ${path} is not in the package: write ${source}, then run npm run package`);
  const text = readFileSync(path, 'utf8');
  if (path.startsWith(BUILT) && existsSync(source) && readFileSync(source, 'utf8') !== text)
    throw new Error(`settings: ${source} was changed after the build: run npm run package, then deploy`);
  return text;
};

const splitText = (text) => {
  const parts = Array.from({ length: Math.ceil(text.length / MAX_PART) }, (_, index) =>
    text.slice(index * MAX_PART, (index + 1) * MAX_PART),
  );
  if (parts.length > MAX_PARTS) throw new Error(`settings: the files need ${parts.length} parts, at most ${MAX_PARTS}`);
  return parts;
};
