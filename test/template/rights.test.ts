/** Who may write which rows of the ledger, and who may send to which queue: the policies, evaluated as IAM does. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate } from './resolve.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const KEYS = 'dynamodb:LeadingKeys';
const OWN = 'AROAOPERATORS:ann';
const OTHER = 'AROAOPERATORS:bob';
const HASH = 'e'.repeat(64);

/** One key of each kind of row; `<own>` is the caller's `aws:userid`. */
const ROWS: Readonly<Record<string, string>> = {
  'event#': `event#${HASH}`,
  'schedule#': `schedule#${HASH}#${HASH}`,
  'reinstated#': 'reinstated#saml/user@example.com',
  'offboarded#': `offboarded#${HASH}`,
  'window#': 'window#total#day#1',
  'window#reconcile#': 'window#reconcile#day#1',
  'key#': `key#${HASH}`,
  'identity#': 'identity#email#user@example.com',
  'directory#': `directory#scim#${HASH}`,
  'approval#<own>': `approval#${HASH}#held-stale#${OWN}`,
  'approval#protected#<own>': `approval#${HASH}#held-protected#${OWN}`,
  'approval#<other>': `approval#${HASH}#held-stale#${OTHER}`,
  'approval#<other>#<own> of no event': `approval#${HASH}#held-stale#${OTHER}#${OWN}x`,
  'approval#unidentified': `approval#${HASH}#held-stale#unidentified`,
  'approval#protected#unidentified': `approval#${HASH}#held-protected#unidentified`,
  'reconciliation#': 'reconciliation#run',
};

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

/** Everything that is optional, so that each role is there. */
const PARAMETERS = {
  CanaryKeyId: 'CWCANARY00000001',
  NoticeBusArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/notices',
  AuditLockDays: '400',
};

/** The statements of each role and managed policy. */
function policies(): ReadonlyMap<string, readonly Statement[]> {
  const { resources } = resolveTemplate(service.template, PARAMETERS);
  const found = Object.entries(resources).flatMap(([id, { Type, Properties }]): [string, readonly Statement[]][] => {
    const { Policies = [], PolicyDocument } = Properties as {
      Policies?: readonly { PolicyDocument: { Statement: readonly Statement[] } }[];
      PolicyDocument?: { Statement: readonly Statement[] };
    };
    if (Type === 'AWS::IAM::ManagedPolicy') return [[id, PolicyDocument?.Statement ?? []]];
    return Type === 'AWS::IAM::Role' ? [[id, Policies.flatMap((each) => each.PolicyDocument.Statement)]] : [];
  });
  return new Map(found);
}

const isLike = (text: string, pattern: string): boolean => {
  const own = pattern.replace(['$', '{aws:userid}'].join(''), OWN);
  const source = own.replace(/[.+?^{}()|[\]\\$]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${source}$`).test(text);
};

/** Undefined: a request without keys. (IAM user guide, multivalued context keys; condition operators) */
function holds(condition: NonNullable<Statement['Condition']>, key: string | undefined): boolean {
  return Object.entries(condition).every(([operator, { [KEYS]: patterns = [] }]) => {
    const some = [patterns].flat().some((pattern) => key !== undefined && isLike(key, pattern));
    if (operator === 'ForAnyValue:StringLike') return some;
    if (operator === 'ForAllValues:StringLike') return key === undefined || some;
    if (operator === 'Null') return patterns === String(key === undefined);
    throw new Error(`no rule for ${operator}`);
  });
}

function mayWrite(statements: readonly Statement[], action: string, key: string | undefined): boolean {
  const matching = statements.filter(
    ({ Action, Resource, Condition = {} }) =>
      [Action].flat().includes(`dynamodb:${action}`) &&
      [Resource].flat().some((arn) => arn === 'arn:LedgerTable' || arn === '*') &&
      holds(Condition, key),
  );
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

const ACTIONS = ['PutItem', 'UpdateItem', 'DeleteItem'];
const withDry = (names: readonly string[]) => names.flatMap((name) => [name, `dry#${name}`]);
const STATE = [
  'event#',
  'schedule#',
  'reinstated#',
  'offboarded#',
  'window#',
  'window#reconcile#',
  'key#',
  'identity#',
  'directory#',
  'reconciliation#',
];

describe('the ledger', () => {
  const rows = Object.entries(ROWS).flatMap(([name, key]) => [
    [name, key] as const,
    [`dry#${name}`, `dry#${key}`] as const,
  ]);

  it('is written by each role and operator in these rows alone', () => {
    const rights = [...policies()].map(([id, statements]) => [
      id,
      Object.fromEntries(
        ACTIONS.flatMap((action) => {
          const names = rows.filter(([, key]) => mayWrite(statements, action, key)).map(([name]) => name);
          return names.length === 0 ? [] : [[action, names]];
        }),
      ),
    ]);
    const state = withDry(STATE);
    const reconcile = withDry(['window#reconcile#', 'reconciliation#']);
    const revoke = { PutItem: state, UpdateItem: state, DeleteItem: state };
    expect(Object.fromEntries(rights)).toEqual({
      RevokeUrgentRole: revoke,
      RevokeBulkRole: revoke,
      IngestRole: { PutItem: withDry(['directory#']) },
      ReplayRole: { PutItem: withDry(['approval#unidentified']) },
      ReconcileRole: { PutItem: reconcile, UpdateItem: reconcile },
      OperatorPolicy: {
        PutItem: withDry(['identity#', 'approval#<own>', 'approval#protected#<own>']),
        DeleteItem: withDry(['identity#']),
      },
      SchedulerRole: {},
      CanaryRole: {},
      NotifyRole: {},
      AuditStreamRole: {},
      AuditForwardRole: {},
    });
  });

  it('is written only by the revoke functions with a request that names no key', () => {
    const writers = [...policies()].filter(([, statements]) =>
      ACTIONS.some((action) => mayWrite(statements, action, undefined)),
    );
    expect(writers.map(([id]) => id)).toEqual(['RevokeUrgentRole', 'RevokeBulkRole']);
  });

  it('can be written by no action that the table above does not have', () => {
    const writing =
      /^dynamodb:(?:\*|Batch(?!GetItem)|Transact|PartiQL|.*Write|Restore|Import|Delete(?!Item)|Update(?!Item))/;
    const granted = [...policies()].flatMap(([, statements]) => statements.flatMap(({ Action }) => [Action].flat()));
    expect(granted.filter((action) => writing.test(action))).toEqual([]);
  });
});

describe('the queues', () => {
  it('are sent to by each role and operator as far as this', () => {
    const queues = ['urgent', 'bulk', 'dead-letters'];
    const sends = [...policies()].map(([id, statements]) => [
      id,
      queues.filter((queue) =>
        statements.some(
          ({ Effect, Action, Resource }) =>
            Effect === 'Allow' &&
            [Action].flat().some((action) => action === 'sqs:SendMessage' || action === 'sqs:*') &&
            [Resource].flat().some((arn) => String(arn).endsWith(`-${queue}`) || arn === '*'),
        ),
      ),
    ]);
    expect(Object.fromEntries(sends)).toEqual({
      RevokeUrgentRole: ['bulk', 'dead-letters'],
      RevokeBulkRole: ['bulk', 'dead-letters'],
      IngestRole: ['urgent', 'bulk', 'dead-letters'],
      ReplayRole: ['urgent', 'bulk'],
      ReconcileRole: ['bulk'],
      OperatorPolicy: ['urgent', 'bulk'],
      SchedulerRole: ['bulk', 'dead-letters'],
      CanaryRole: ['urgent', 'dead-letters'],
      NotifyRole: [],
      AuditStreamRole: [],
      AuditForwardRole: [],
    });
  });
});
