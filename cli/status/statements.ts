/** What the ledger keeps of a principal: the last statement of each authority. */
import type { Statement } from '../../lib/ledger/statements.ts';
import type { Json } from '../../lib/model/json.ts';
import { bold, dim, type Line } from '../../terminal/lines.ts';
import { quoteClaim, statusCommand } from '../event.ts';

export const toStatementJson = ({ authority, state, time, source, id }: Statement): Json => ({
  authority,
  state,
  time,
  source,
  id,
});

/** `optionWords`: of this call of the CLI, for the commands. */
export const statementLines = (statements: readonly Statement[], optionWords: string): readonly Line[] => [
  [],
  [bold('Ledger')],
  ...(statements.length === 0 ? [[dim('  no statement about it; version 0.1 wrote none')]] : []),
  ...statements.flatMap(({ authority, state, time, source, id }): readonly Line[] => [
    ['  ', bold(state), ` by ${quoteClaim(authority)}, ${time}`],
    [dim(`  next: ${statusCommand({ source, id })}${optionWords}`)],
  ]),
];
