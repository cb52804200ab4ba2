/** The settings that flows and guards read, and the hash by which audit records name them. */
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Settings } from '../model/settings.ts';
import { type Environment, optional, required } from './config/environment.ts';
import { V } from './config/variables.ts';

/** Takes a checked environment and a hash (SHA-256 of a text in hex); returns the settings. Throws ConfigError for what was not checked. */
export const readSettings = (env: Environment, hash: (text: string) => string): Settings => {
  const self = optional(env, V.selfPrincipal);
  const settings = {
    mode: required(env, V.mode),
    dryRunKeep: required(env, V.dryRunKeep),
    verify: required(env, V.verify),
    keyIdOnly: required(env, V.keyIdOnly),
    apiConcurrency: required(env, V.apiConcurrency),
    apiTimeoutMs: required(env, V.apiTimeoutMs),
    retryHorizonMs: required(env, V.retryHorizon),
    staleAfterMs: required(env, V.staleAfter),
    protections: required(env, V.protections),
    ...(self === undefined ? {} : { selfPrincipal: self }),
    principalTemplates: required(env, V.templates),
    limits: required(env, V.limits),
    handler: handlerName(env),
    apiHost: required(env, V.apiUrl).host,
  };
  return { ...settings, configHash: hash(guardText(settings)) };
};

/** Who acts: the function's name and version. */
export const handlerName = (env: Environment): string =>
  `${env.AWS_LAMBDA_FUNCTION_NAME ?? 'local'}:${env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST'}`;

/** What guards depend on, as one text that does not depend on how the variables were written. */
const guardText = (settings: Omit<Settings, 'configHash'>): string =>
  canonicalJson({
    mode: settings.mode,
    protections: settings.protections.map(({ target, owner, reason, until }) => ({
      target: { ...target },
      owner,
      reason,
      until: until ?? null,
    })),
    self: settings.selfPrincipal ?? null,
    templates: settings.principalTemplates,
    limits: { ...settings.limits },
    staleAfter: settings.staleAfterMs,
    dryRunKeep: settings.dryRunKeep,
    keyIdOnly: settings.keyIdOnly,
  });
