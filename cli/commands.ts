/** All commands, in the order of the help. */
import type { Command } from 'commander';
import { addAuditReport } from './audit/report-command.ts';
import { addAuditVerify } from './audit/verify-command.ts';
import type { RunAction } from './context.ts';
import { addDlqExport } from './dlq/export.ts';
import { addDlqList } from './dlq/list.ts';
import { addDlqReplay } from './dlq/replay.ts';
import { addDlqShow } from './dlq/show.ts';
import { addDoctor } from './doctor/doctor.ts';
import { addExplain } from './explain/explain-command.ts';
import { addIdentity } from './identity/identity.ts';
import { addKeys } from './revoke/keys.ts';
import { addRevoke } from './revoke/revoke.ts';
import { addScanReport } from './revoke/scan-report.ts';
import { addSend } from './revoke/send.ts';
import { addStatus } from './status/status.ts';
import { addWebhookCheck } from './webhook/check.ts';
import { addWebhookTry } from './webhook/try.ts';

type AddCommand = (parent: Command, runAction: RunAction) => void;

const addGroup =
  (name: string, description: string, commands: readonly AddCommand[]): AddCommand =>
  (parent, runAction) => {
    const group = parent.command(name).description(description);
    for (const add of commands) add(group, runAction);
  };

export const COMMANDS: readonly AddCommand[] = [
  addExplain,
  addSend,
  addScanReport,
  addRevoke,
  addKeys,
  addStatus,
  addGroup('dlq', 'look after the dead letters: list, show, replay, export', [
    addDlqList,
    addDlqShow,
    addDlqReplay,
    addDlqExport,
  ]),
  addIdentity,
  addGroup('webhook', 'check configured webhooks, and try payloads, offline', [addWebhookCheck, addWebhookTry]),
  addGroup('audit', 'check exported audit logs, and make a report of them', [addAuditVerify, addAuditReport]),
  addDoctor,
];
