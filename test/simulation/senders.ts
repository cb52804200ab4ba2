/**
 * Who sends in a simulated world, and what each may do: written down once more, without the product's code, so that the
 * checks can hold the product against it.
 */
import { FOLLOW_UP_SOURCE } from '../../lib/model/follow-up.ts';
import { OPERATOR, principalIdOf, type SenderBinding, type SenderSettings } from '../../lib/model/sender.ts';
import { ROLE_IDS, STRANGER, UNBOUND } from '../support/senders.ts';

/** `together`: all senders are one authority. `bound`: SENDERS names them. `unbound`: an authority is a source. */
export type Trust = 'together' | 'bound' | 'unbound';

/** Sources by index, as plans name them. From STRANGE on, only outsiders use them. */
export const SOURCES = [
  '//scanner.example/acme/app',
  '//hr.example/acme',
  'scim://users',
  '//revoker.cli/ann',
  '//stranger.example/x',
  FOLLOW_UP_SOURCE,
  '//canary.revocation',
] as const;
export const [SCANNER, HR, DIRECTORY, CLI, STRANGE, FOLLOW_UP, CANARY_SOURCE] = [0, 1, 2, 3, 4, 5, 6] as const;

/** Who means harm. `scanner`: the true one, out of control. */
export type Hostile = 'stranger' | 'partner' | 'webhook' | 'scanner';

/** What SQS says of the sender of a message. */
export interface Arrival {
  readonly senderId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const INGEST = `${ROLE_IDS.ingest}:ingest`;
const by = (senderId: string, attributes: Arrival['attributes'] = {}): Arrival => ({ senderId, attributes });

const TRUE_SENDERS: readonly Arrival[] = [
  by('AROASCANNER:scan'),
  by('AROAHR:payroll'),
  by(INGEST, { sender: 'https:scim' }),
  by('AROAONCALL:ann'),
];

/** The true sender of a source. */
export const senderOf = (source: number, trust: Trust): Arrival =>
  (trust === 'together' ? undefined : TRUE_SENDERS[source]) ?? by(STRANGER);

/** A role may have any session name, that of another role too. */
export const hostileSender = (as: Hostile): Arrival => HOSTILE[as];
const HOSTILE: Readonly<Record<Hostile, Arrival>> = {
  stranger: by('AROASTRANGER:AROAHR'),
  partner: by('AROAPARTNER:revoke'),
  webhook: by(INGEST, { sender: 'https:standard-webhooks' }),
  scanner: by('AROASCANNER:scan'),
};

interface Grant {
  readonly id: string;
  readonly source: string;
  readonly types?: readonly string[];
  readonly authority: string;
}
const PEOPLE = ['user.offboarded.v1', 'user.reinstated.v1'] as const;
const GRANTS: readonly Grant[] = [
  { id: 'AROAONCALL', source: '', authority: OPERATOR },
  {
    id: 'AROASCANNER',
    source: '//scanner.example/',
    types: ['credential.compromised.v1'],
    authority: 'scanner',
  },
  { id: 'AROAHR', source: '//hr.example/', types: PEOPLE, authority: 'hr' },
  { id: 'https:scim', source: 'scim://', types: PEOPLE, authority: 'directory' },
  { id: 'AROAPARTNER', source: '//partner.example/', authority: 'partner' },
];

const binding = ({ id, source, types, authority }: Grant): SenderBinding => ({
  name: authority,
  senderId: id,
  sources: [source],
  authority,
  ...(types && { types }),
});

/** The configuration of the product. `together`: any sender may take back what another said. */
export const settingsFor = (trust: Trust): SenderSettings => {
  if (trust === 'unbound') return UNBOUND;
  const anySender = { id: principalIdOf(STRANGER), source: '', authority: OPERATOR };
  return { ...UNBOUND, bindings: (trust === 'bound' ? GRANTS : [anySender]).map(binding) };
};

interface Claims {
  readonly type: string;
  readonly source: string;
}

const isReserved = ({ type, source }: Claims): boolean =>
  type === 'revocation.check.v1' || source.startsWith('//revocation-handler/') || source.startsWith('//canary.');

/** Whether a sender (a principal's id, or `https:<webhook>`) may send such an event. */
export function mayAct(sender: string, event: Claims, trust: Trust): boolean {
  if (isReserved(event)) return false;
  if (trust === 'together') return true;
  const { type, source } = event;
  const isScim = source.startsWith('scim://');
  if (sender.startsWith('https:') && isScim !== (sender === 'https:scim')) return false;
  if (trust === 'unbound') return true;
  const owned = GRANTS.some((grant) => grant.source !== '' && source.startsWith(grant.source));
  if (sender === 'https:standard-webhooks') return !owned && !source.startsWith('//revoker.cli/');
  return GRANTS.some(
    (grant) => grant.id === sender && source.startsWith(grant.source) && (grant.types?.includes(type) ?? true),
  );
}

/** In whose name an event of this source speaks. `genuine`: its sender may use the source. */
export function authorityOf(source: string, trust: Trust, genuine: boolean): string {
  if (trust === 'together') return OPERATOR;
  const granted = GRANTS.find((grant) => grant.source !== '' && source.startsWith(grant.source));
  if (trust === 'unbound' || !genuine) return source;
  return source.startsWith('//revoker.cli/') ? OPERATOR : (granted?.authority ?? source);
}

/** Who sent a message, as far as our own functions say so; empty: unknown. */
export function claimedSender({ senderId, attributes, body }: Arrival & { readonly body: string }): string {
  switch (UNBOUND.own.get(principalIdOf(senderId))) {
    case undefined:
      return principalIdOf(senderId);
    case 'ingest':
    case 'replay':
      return attributes.sender ?? '';
    case 'revoke':
      return deadLetterSender(body);
    default:
      return 'own:scheduler';
  }
}

function deadLetterSender(body: string): string {
  if (!body.startsWith('{"v":1,')) return 'own:revoke';
  const { sender }: { sender?: unknown } = JSON.parse(body);
  return typeof sender === 'string' ? sender : '';
}

/** Only what our own functions send is opened, if it looks like a dead letter. */
export const isOurs = (senderId: string): boolean => UNBOUND.own.has(principalIdOf(senderId));
