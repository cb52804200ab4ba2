/** `revoker token rotate`: tries a new API token that it reads from stdin, and stores it for the functions. */
import type { Command } from 'commander';
import type { Api } from '../../lib/coreweave/api.ts';
import { createCoreweaveApi } from '../../lib/io/http/coreweave.ts';
import { fixedToken, parseApiToken, secretReader, type Token } from '../../lib/io/secrets/token.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { apiError } from '../api-failure.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { PERMISSION_FIX, tryPermissions } from '../doctor/permissions.ts';
import { CliError, usageError } from '../failure.ts';
import { storeToken } from '../io/secret-writer.ts';
import { readConfigFor } from '../services.ts';
import { commandLine } from '../shell.ts';

export function configureTokenRotate(command: Command, runAction: RunAction): void {
  command
    .addHelpText(
      'after',
      helpText(
        [
          ['token rotate < token.txt', 'from a file, which you then delete'],
          ['token rotate --stack coreweave-revocation-prod < token.txt', 'of a deployed stack'],
        ],
        '{"stored":true}; nothing is stored if the API refuses the token or denies it a permission.',
      ),
    )
    .action(() => runAction(rotateToken));
}

/** Only what the API accepts is stored: the functions would load anything else within minutes. */
export async function rotateToken(context: Context): Promise<Report> {
  const { env, terminal } = context;
  const { token: origin, apiUrl, settings } = readConfigFor(env, 'api');
  if (origin.kind === 'plain') {
    const message = 'COREWEAVE_API_TOKEN_SECRET_ID is not set: the token is in COREWEAVE_API_TOKEN, not in a secret';
    const next =
      'name the deployed stack with --stack, or set COREWEAVE_API_TOKEN_SECRET_ID to the secret and unset ' +
      'COREWEAVE_API_TOKEN; the localhost stack has no secret';
    throw usageError('token-not-in-secret', message, next);
  }
  if (terminal.canAsk) {
    const message = 'the terminal would show the token';
    throw usageError('token-on-terminal', message, 'give a file on stdin: `revoker token rotate < token.txt`');
  }
  const token = parseApiToken(await terminal.readInput());
  const { now } = context.clock;
  const { apiConcurrency: connections, apiTimeoutMs } = settings;
  const api = createCoreweaveApi({ url: apiUrl, connections, token: fixedToken(token), now });
  await withProgressMessage(context, 'trying the token at the API', () => tryToken(context, api, apiTimeoutMs));
  await refuseStoredToken(origin.id, token);
  await storeToken(origin.id, token);
  return {
    json: { stored: true },
    lines: [
      ['The API accepts the token, and the secret has it. The functions load it within 5 minutes.'],
      [`next: ${commandLine(context, 'doctor')}`],
      ['Then delete the file, and the old token in the CoreWeave console.'],
    ],
  };
}

/** Throws CliError if the API refuses the token, or denies it a permission. */
async function tryToken(context: Context, api: Api, timeoutMs: number): Promise<void> {
  const { failure, denied } = await tryPermissions(context, { api, timeoutMs });
  if (failure !== undefined) throw await apiError(failure, context.env);
  if (denied.length === 0) return;
  const message = `the token may not ${denied.join(', ')}`;
  throw new CliError({ code: 'token-lacks-permission', message, next: PERMISSION_FIX });
}

/** A secret without a value cannot be read, which is no failure here. */
async function refuseStoredToken(secretId: string, token: Token): Promise<void> {
  const stored = await secretReader(secretId)().catch(() => undefined);
  if (stored?.text.trim() !== token.reveal()) return;
  const message = 'the secret has this token already';
  throw usageError('token-unchanged', message, 'create a new token in the CoreWeave console');
}
