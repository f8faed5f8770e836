/** Adds a trunk, or changes one. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../account.tsx';
import { ApiError } from '../api/client.ts';
import type { Trunk } from '../api/types.ts';
import { type Field, FormDialog, type Values } from '../parts/form.tsx';

export const trunkPath = (name: string): string => `/trunks/${encodeURIComponent(name)}`;

const transports = ['udp', 'tcp', 'tls'] as const;
const identities = ['p-asserted-identity', 'p-preferred-identity', 'remote-party-id', 'none'] as const;

type Rewriting = Trunk['calleeRewriting'];

const asLines = (rules: Rewriting | undefined): string[] =>
  (rules ?? []).map(({ from, to }) => `${from}=${to}`);

/** @throws {ApiError} naming the field, where a line is not FROM=TO */
function rewritingOf(lines: unknown, field: string, message: string): Rewriting {
  return (lines as readonly string[]).map((line) => {
    const [from = '', to, ...more] = line.split('=').map((part) => part.trim());
    if (to !== undefined && more.length === 0) return { from, to };
    throw new ApiError(422, { error: { code: 'trunk-invalid', message, field } });
  });
}

function useMainFields(trunk?: Trunk): readonly Field[] {
  const { t } = useTranslation();
  const whenEmpty = trunk === undefined ? undefined : null;
  const kept = trunk?.hasPassword ? t('trunks.passwordKept') : t('trunks.passwordHint');
  const fields: Field[] = [
    {
      name: 'addresses',
      label: t('trunks.addresses'),
      kind: 'lines',
      hint: t('trunks.addressesHint'),
      isRequired: true,
    },
    {
      name: 'transport',
      label: t('trunks.transport'),
      kind: 'choice',
      choices: transports.map((id) => ({ id, text: id.toUpperCase() })),
    },
    {
      name: 'username',
      label: t('trunks.username'),
      hint: t('trunks.usernameHint'),
      isHalf: true,
      whenEmpty,
    },
    { name: 'password', label: t('trunks.password'), kind: 'password', hint: kept, isHalf: true },
    { name: 'register', label: t('trunks.register'), kind: 'switch' },
    {
      name: 'maxCalls',
      label: t('trunks.maxCalls'),
      kind: 'number',
      hint: t('trunks.capHint'),
      isHalf: true,
    },
    {
      name: 'callsPerSecond',
      label: t('trunks.callsPerSecond'),
      kind: 'number',
      hint: t('trunks.capHint'),
      isHalf: true,
    },
    { name: 'prefixes', label: t('trunks.prefixes'), kind: 'lines', hint: t('trunks.prefixesHint') },
    {
      name: 'priority',
      label: t('trunks.priority'),
      kind: 'number',
      hint: t('trunks.priorityHint'),
      isHalf: true,
    },
    { name: 'weight', label: t('trunks.weight'), kind: 'number', hint: t('trunks.weightHint'), isHalf: true },
  ];
  const name: Field = { name: 'name', label: t('ops.name'), hint: t('trunks.nameHint'), isRequired: true };
  return trunk === undefined ? [name, ...fields] : fields;
}

const isMoreShown = ({ more }: Values): boolean => more === true;

function useMoreFields(trunk?: Trunk): readonly Field[] {
  const { t } = useTranslation();
  const whenEmpty = trunk === undefined ? undefined : null;
  const rewritingHint = t('trunks.rewritingHint');
  const fields: Field[] = [
    { name: 'calleeRewriting', label: t('trunks.calleeRewriting'), kind: 'lines', hint: rewritingHint },
    { name: 'callerRewriting', label: t('trunks.callerRewriting'), kind: 'lines', hint: rewritingHint },
    {
      name: 'identity',
      label: t('trunks.identity'),
      kind: 'choice',
      choices: identities.map((id) => ({ id, text: t(`trunks.identities.${id}`) })),
    },
    {
      name: 'fromUser',
      label: t('trunks.fromUser'),
      hint: t('trunks.fromUserHint'),
      isHalf: true,
      whenEmpty,
    },
    {
      name: 'fromDomain',
      label: t('trunks.fromDomain'),
      hint: t('trunks.fromDomainHint'),
      isHalf: true,
      whenEmpty,
    },
    { name: 'privacy', label: t('trunks.privacy'), kind: 'switch' },
    { name: 'registerExpires', label: t('trunks.registerExpires'), kind: 'number', isHalf: true },
    {
      name: 'optionsInterval',
      label: t('trunks.optionsInterval'),
      kind: 'number',
      hint: t('trunks.optionsHint'),
      isHalf: true,
    },
    { name: 'responseTimeout', label: t('trunks.responseTimeout'), kind: 'number', isHalf: true },
  ];
  return [
    { name: 'more', label: t('trunks.more'), kind: 'switch' },
    ...fields.map((field) => ({ ...field, when: isMoreShown })),
  ];
}

function shownIn(trunk: Trunk | undefined, { name }: Field): Field['initial'] {
  if (trunk === undefined) return undefined;
  if (name === 'calleeRewriting' || name === 'callerRewriting') return asLines(trunk[name]);
  return trunk[name as keyof Trunk] as Field['initial'];
}

/** @param isFirst nothing is there that it would stand beside */
export function TrunkForm({
  trunk,
  isFirst = false,
  onClose,
}: {
  trunk?: Trunk;
  isFirst?: boolean;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const fields = [...useMainFields(trunk), ...useMoreFields(trunk)];
  const send = async ({ more: _more, ...entered }: Record<string, unknown>): Promise<void> => {
    const body = { ...entered };
    for (const field of ['calleeRewriting', 'callerRewriting']) {
      if (field in body) body[field] = rewritingOf(body[field], field, t('trunks.rewritingWrong'));
    }
    // They come and go together.
    if (body.username === null) body.password = null;
    if (trunk === undefined) await change('POST', '/trunks', body);
    else await change('PATCH', trunkPath(trunk.name), body);
  };
  const text = isFirst ? t('trunks.addFirstText') : t('trunks.addText');
  return (
    <FormDialog
      title={trunk === undefined ? t('trunks.add') : t('trunks.changeOf', { name: trunk.name })}
      text={trunk === undefined ? text : undefined}
      fields={fields.map((field) => ({ ...field, initial: shownIn(trunk, field) }))}
      submit={trunk === undefined ? t('trunks.add') : t('ops.save')}
      onSubmit={send}
      onClose={onClose}
    />
  );
}
