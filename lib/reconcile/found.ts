/** What a listing of all keys shows, beside what the ledger says of their owners. */
import type { PrincipalName } from '../../events/ids.ts';
import type { Runtime } from '../context.ts';
import type { Statement } from '../ledger/statements.ts';
import type { RowReader } from '../ports.ts';

/** An offboarded principal with live keys. */
export interface StandingPrincipal {
  readonly principalName: PrincipalName;
  /** Of its statements. */
  readonly version: number;
  readonly keys: number;
}

/**
 * What an operator should look at, and what is never revoked for it alone. `shared`: the principal is not one person's.
 * `protected`: by PROTECTED or SELF_PRINCIPAL. `directory`: another person has it by now. `overdue`: a scheduled
 * offboarding is past its date. `open`: one that was begun has not ended.
 */
export interface Finding {
  readonly code: 'shared' | 'protected' | 'directory' | 'overdue' | 'open';
  readonly principalName: PrincipalName;
  /** Live ones. */
  readonly keys: number;
}

export interface Survey {
  /** Epoch ms of the listing. */
  readonly begun: number;
  readonly ended: number;
  readonly pages: number;
  /** Live keys. */
  readonly keys: number;
  /** Owners of the listed keys, live or not. */
  readonly owners: number;
  /** Those of them that are offboarded. */
  readonly offboarded: number;
  /** Live keys whose owner the API did not say, and rows that are no keys: whose they are cannot be told. */
  readonly unowned: number;
  /** Reads of the ledger. */
  readonly reads: number;
  /** By name. */
  readonly standing: readonly StandingPrincipal[];
  readonly findings: readonly Finding[];
}

type Found = Pick<Survey, 'standing' | 'findings'>;

/** Findings about offboarded principals: their keys are live, and are not revoked by themselves. */
export const excludedIn = ({ findings }: Pick<Found, 'findings'>): Survey['findings'] =>
  findings.filter(({ code }) => code !== 'overdue' && code !== 'open');

/** The offboarded principals with live keys, those that a run leaves to an operator included. */
export const countStanding = (found: Found): number => found.standing.length + excludedIn(found).length;

/** Keys of a shared principal stay live on purpose: they are other people's too. */
export const countStandingKeys = (found: Found): number =>
  [...found.standing, ...excludedIn(found).filter(({ code }) => code !== 'shared')].reduce(
    (sum, { keys }) => sum + keys,
    0,
  );

export interface SurveyServices {
  readonly ports: Pick<Runtime['ports'], 'clock' | 'table' | 'sha256'> & { readonly rows: RowReader };
  readonly settings: Pick<
    Runtime['settings'],
    'protections' | 'selfPrincipal' | 'principalTemplates' | 'retryHorizonMs' | 'reconcileLimit'
  >;
  readonly credentials: Pick<Runtime['credentials'], 'listKeys'>;
}

/** An owner that the ledger has statements about. */
export interface KnownOwner extends StandingPrincipal {
  readonly statements: readonly Statement[];
}
