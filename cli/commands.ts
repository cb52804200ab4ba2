/**
 * All commands, in the order of the help. A command's module is loaded only if its name is on the command line: help
 * and usage errors must not wait for the modules of the others.
 */
import type { Command } from 'commander';
import type { RunAction } from './context.ts';

/** Adds arguments, options, help and action to a command that has its name and summary. */
type ConfigureCommand = (command: Command, runAction: RunAction) => void;

interface Leaf {
  readonly name: string;
  readonly summary: string;
  load(): Promise<ConfigureCommand>;
}

interface Group {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Leaf[];
}

const DLQ: readonly Leaf[] = [
  {
    name: 'list',
    summary: 'count the dead letters by reason; nothing is removed',
    load: async () => (await import('./dlq/list.ts')).configureDlqList,
  },
  {
    name: 'show',
    summary: 'show one dead letter: the event or what was received, why it is here, and what to do',
    load: async () => (await import('./dlq/show.ts')).configureDlqShow,
  },
  {
    name: 'replay',
    summary: 'send dead letters again; without options all of them, after a preview',
    load: async () => (await import('./dlq/replay.ts')).configureDlqReplay,
  },
  {
    name: 'discard',
    summary: 'delete dead letters that are decided against, with the reason in the audit log',
    load: async () => (await import('./dlq/discard.ts')).configureDlqDiscard,
  },
  {
    name: 'export',
    summary: 'write all dead letters to a file (JSON lines, readable by you alone); they stay on the queue',
    load: async () => (await import('./dlq/export.ts')).configureDlqExport,
  },
];

const IDENTITY: readonly Leaf[] = [
  {
    name: 'import',
    summary: 'add or update people and their principals; removes no entries',
    load: async () => (await import('./identity/import.ts')).configureIdentityImport,
  },
  {
    name: 'list',
    summary: 'list the directory (reads the whole ledger table: needs dynamodb:Scan)',
    load: async () => (await import('./identity/identity.ts')).configureIdentityList,
  },
  {
    name: 'remove',
    summary: 'take a person out of the directory',
    load: async () => (await import('./identity/identity.ts')).configureIdentityRemove,
  },
];

const SENDER: readonly Leaf[] = [
  {
    name: 'id',
    summary: 'print the sender ID of an IAM role',
    load: async () => (await import('./sender/id.ts')).configureSenderId,
  },
];

const TOKEN: readonly Leaf[] = [
  {
    name: 'rotate',
    summary: 'try a new API token, which is read from stdin, and store it for the functions',
    load: async () => (await import('./token/rotate.ts')).configureTokenRotate,
  },
];

const BACKFILL: readonly Leaf[] = [
  {
    name: 'offboardings',
    summary: 'find offboardings by version 0.1 (needs dynamodb:Scan); write those that audit logs name',
    load: async () => (await import('./backfill/offboardings.ts')).configureBackfillOffboardings,
  },
  {
    name: 'github',
    summary: 'send the open secret-scanning alerts of a repository or an organization',
    load: async () => (await import('./backfill/github.ts')).configureBackfillGithub,
  },
];

const WEBHOOK: readonly Leaf[] = [
  {
    name: 'check',
    summary: 'check the configuration of webhooks (default: the variable WEBHOOKS); nothing is sent',
    load: async () => (await import('./webhook/check.ts')).configureWebhookCheck,
  },
  {
    name: 'try',
    summary: 'show what the payload in a file (- is stdin) would do, without a proof; nothing is sent',
    load: async () => (await import('./webhook/try.ts')).configureWebhookTry,
  },
];

const AUDIT: readonly Leaf[] = [
  {
    name: 'verify',
    summary: 'check that exported audit logs are complete and unchanged (JSON lines, CloudWatch exports, gzip, stdin)',
    load: async () => (await import('./audit/verify-command.ts')).configureAuditVerify,
  },
  {
    name: 'report',
    summary: 'make one web page of exported audit logs: events, durations, what needs action, and the verdict',
    load: async () => (await import('./audit/report-command.ts')).configureAuditReport,
  },
];

const COMMANDS: readonly (Leaf | Group)[] = [
  {
    name: 'explain',
    summary: 'say what would happen to a message; nothing is sent or read',
    load: async () => (await import('./explain/explain-command.ts')).configureExplain,
  },
  {
    name: 'send',
    summary: 'check the events in a file (or -), and send each to its queue',
    load: async () => (await import('./revoke/send.ts')).configureSend,
  },
  {
    name: 'scan-report',
    summary: "send the CoreWeave keys that scanners' reports (- is stdin) name, each once",
    load: async () => (await import('./revoke/scan-report.ts')).configureScanReport,
  },
  { name: 'backfill', summary: 'find what was missed before: open alerts, offboardings by 0.1', commands: BACKFILL },
  {
    name: 'revoke',
    summary: 'send the event that revokes a key, or all keys of a principal',
    load: async () => (await import('./revoke/revoke.ts')).configureRevoke,
  },
  {
    name: 'keys',
    summary: 'list the live keys of a principal, from the API',
    load: async () => (await import('./revoke/keys.ts')).configureKeys,
  },
  {
    name: 'reconcile',
    summary: 'find live keys of offboarded principals, and have them revoked',
    load: async () => (await import('./reconcile/reconcile.ts')).configureReconcile,
  },
  {
    name: 'whoami',
    summary: 'show whose API token it is',
    load: async () => (await import('./reconcile/whoami.ts')).configureWhoami,
  },
  {
    name: 'status',
    summary: 'show what became of an event, a key or a principal',
    load: async () => (await import('./status/status.ts')).configureStatus,
  },
  { name: 'dlq', summary: 'decide about the dead letters: list, show, replay, discard, export', commands: DLQ },
  { name: 'identity', summary: 'keep the directory of people and their principals', commands: IDENTITY },
  { name: 'sender', summary: 'find the IDs that SENDERS needs', commands: SENDER },
  { name: 'token', summary: 'replace the API token of the functions', commands: TOKEN },
  { name: 'webhook', summary: 'check configured webhooks, and try payloads, offline', commands: WEBHOOK },
  { name: 'audit', summary: 'check exported audit logs, and make a report of them', commands: AUDIT },
  {
    name: 'drill',
    summary: 'make a situation of the runbook on the localhost stack, to practice on',
    load: async () => (await import('./drill/drill.ts')).configureDrill,
  },
  {
    name: 'doctor',
    summary: 'check region, configuration, queues, ledger, token, permissions and clock; reads only',
    load: async () => (await import('./doctor/doctor.ts')).configureDoctor,
  },
];

export interface AddOptions {
  readonly runAction: RunAction;
  /** Whether the command line may mean this command or group; the others get their name and summary only. */
  readonly isWanted: (name: string) => boolean;
}

/** Adds the commands to the program. Rejects if the module of a wanted command cannot be loaded. */
export async function addCommands(program: Command, { runAction, isWanted }: AddOptions): Promise<void> {
  const addLeaf = async (parent: Command, { name, summary, load }: Leaf, wanted: boolean): Promise<void> => {
    const command = parent.command(name).description(summary);
    if (wanted) (await load())(command, runAction);
  };
  for (const entry of COMMANDS) {
    const wanted = isWanted(entry.name);
    if ('load' in entry) {
      await addLeaf(program, entry, wanted);
      continue;
    }
    const group = program.command(entry.name).description(entry.summary);
    for (const leaf of entry.commands) await addLeaf(group, leaf, wanted && isWanted(leaf.name));
  }
}
