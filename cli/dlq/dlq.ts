/** `revoker dlq`: the one inbox for people. */
import type { Command } from 'commander';
import type { Act } from '../context.ts';
import { addDlqExport } from './export.ts';
import { addDlqList } from './list.ts';
import { addDlqReplay } from './replay.ts';
import { addDlqShow } from './show.ts';

export function addDlq(parent: Command, act: Act): void {
  const dlq = parent.command('dlq').description('look after the dead letters: list, show, replay, export');
  for (const add of [addDlqList, addDlqShow, addDlqReplay, addDlqExport]) add(dlq, act);
}
