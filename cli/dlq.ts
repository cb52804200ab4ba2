/** `revoker dlq`: the one inbox for people. */
import type { Command } from 'commander';
import type { Act } from './context.ts';
import { addDlqExport } from './dlq-export.ts';
import { addDlqList } from './dlq-list.ts';
import { addDlqReplay } from './dlq-replay.ts';
import { addDlqShow } from './dlq-show.ts';

export function addDlq(parent: Command, act: Act): void {
  const dlq = parent.command('dlq').description('look after the dead letters: list, show, replay, export');
  for (const add of [addDlqList, addDlqShow, addDlqReplay, addDlqExport]) add(dlq, act);
}
