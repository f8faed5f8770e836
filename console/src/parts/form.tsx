/** Forms, by a list of their fields. */
import i18next from 'i18next';
import { type ReactNode, useState } from 'react';
import { Form as AriaForm } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { problemText } from '../i18n/codes.ts';
import { Button, type Choice, Select, Switch, TextField } from './controls.tsx';
import { Dialog } from './dialogs.tsx';
import { Problem } from './problem.tsx';

export interface Field {
  /** Of the request's member; with dots of one within another. */
  readonly name: string;
  readonly label: string;
  /** `lines`: an array of texts, one a line. */
  readonly kind?: 'text' | 'password' | 'number' | 'date' | 'area' | 'lines' | 'choice' | 'switch';
  readonly hint?: string;
  /** What a password manager or a phone may fill in; passwords are new ones unless it says otherwise. */
  readonly autoComplete?: string;
  readonly choices?: readonly Choice[];
  readonly inputMode?: 'numeric' | 'tel';
  readonly isRequired?: boolean;
  /** What is sent where nothing was entered; absent: nothing. */
  readonly whenEmpty?: null | '';
  readonly initial?: string | number | boolean | readonly string[] | null;
  /** Shares its line with the next, where there is room. */
  readonly isHalf?: boolean;
  /** Whether it is there with these values; absent: always. What is not there is not sent. */
  readonly when?: (values: Values) => boolean;
}

export type Values = Readonly<Record<string, string | boolean>>;

function shown({ initial, kind, choices }: Field): string | boolean {
  if (kind === 'switch') return initial === true;
  if (Array.isArray(initial)) return initial.join('\n');
  if (initial === undefined || initial === null) return kind === 'choice' ? (choices?.[0]?.id ?? '') : '';
  return String(initial);
}

/** The choice that stands for nothing. */
export const NOTHING = '*none';

function sent({ kind, whenEmpty }: Field, value: string | boolean): unknown {
  if (typeof value === 'boolean') return value;
  if (kind === 'lines') {
    return value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }
  if (value === '' || value === NOTHING) return whenEmpty;
  return kind === 'number' ? Number(value) : value;
}

const isThere = ({ when }: Field, values: Values): boolean => when === undefined || when(values);

/** What is wrong with what was entered, by field. */
function problemsOf(
  fields: readonly Field[],
  values: Values,
  words: Readonly<Record<'needed' | 'number', string>>,
): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const { name, kind, isRequired } of fields) {
    const value = values[name] ?? '';
    if (isRequired && value === '') problems[name] = words.needed;
    else if (kind === 'number' && Number.isNaN(Number(value))) problems[name] = words.number;
  }
  return problems;
}

/** The body of a request. */
export function bodyOf(fields: readonly Field[], values: Values): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    if (!isThere(field, values)) continue;
    const value = sent(field, values[field.name] ?? shown(field));
    if (value === undefined) continue;
    const path = field.name.split('.');
    const last = path.pop() as string;
    let place = body;
    for (const step of path) place = (place[step] ??= {}) as Record<string, unknown>;
    place[last] = value;
  }
  return body;
}

export function FieldInput({
  field,
  value,
  problem,
  onChange,
}: {
  field: Field;
  problem?: string;
  value: string | boolean;
  onChange: (value: string | boolean) => void;
}): ReactNode {
  const { kind = 'text', name, label, hint, choices = [], isRequired } = field;
  if (kind === 'switch') return <Switch label={label} isSelected={value === true} onChange={onChange} />;
  if (kind === 'choice') {
    return <Select label={label} value={String(value)} choices={choices} onChange={onChange} />;
  }
  const isLong = kind === 'area' || kind === 'lines';
  return (
    <TextField
      name={name}
      label={label}
      hint={hint}
      problem={problem}
      isRequired={isRequired}
      type={kind === 'password' || kind === 'date' ? kind : 'text'}
      inputMode={kind === 'number' ? 'decimal' : field.inputMode}
      autoComplete={field.autoComplete ?? (kind === 'password' ? 'new-password' : 'off')}
      rows={isLong ? 3 : undefined}
      value={String(value)}
      onChange={onChange}
    />
  );
}

const isTyped = ({ kind }: Field): boolean => kind !== 'choice' && kind !== 'switch';

/** What to say at the field that the platform names; undefined where there is no such field here. */
function atField(error: unknown, fields: readonly Field[]): Record<string, string> | undefined {
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  const { field: named } = error;
  // What is wrong with several members as a whole is said at the first.
  const field =
    fields.find(({ name }) => name === named) ?? fields.find(({ name }) => name.startsWith(`${named}.`));
  if (field === undefined || !isTyped(field)) return undefined;
  const { message, more } = problemText(i18next.language, error);
  return { [field.name]: [message, more].filter(Boolean).join(' ') };
}

export interface FormProps {
  readonly fields: readonly Field[];
  readonly submit: string;
  readonly onSubmit: (body: Record<string, unknown>) => Promise<unknown>;
  readonly onCancel?: () => void;
  /** What follows from the values, shown below the fields. */
  readonly aside?: (values: Values) => ReactNode;
}

export function Form({ fields, submit, onSubmit, onCancel, aside }: FormProps): ReactNode {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(fields.map((field) => [field.name, shown(field)])),
  );
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const shownFields = fields.filter((field) => isThere(field, values));
  const send = async (): Promise<void> => {
    const wrong = problemsOf(shownFields, values, { needed: t('ops.needed'), number: t('ops.notANumber') });
    setProblems(wrong);
    setError(undefined);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await onSubmit(bodyOf(fields, values));
    } catch (refusal) {
      const named = atField(refusal, shownFields);
      if (named === undefined) setError(refusal);
      else setProblems(named);
    } finally {
      setBusy(false);
    }
  };
  const enter = (name: string, value: string | boolean): void => {
    setValues((before) => ({ ...before, [name]: value }));
    // While typing, not on leaving the field: a button that is being pressed would move away.
    setProblems(({ [name]: _mended, ...others }) => others);
  };
  return (
    <AriaForm
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      className="flex flex-col gap-4"
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {shownFields.map((field) => (
          <div key={field.name} className={field.isHalf ? 'min-w-0' : 'min-w-0 sm:col-span-2'}>
            <FieldInput
              field={field}
              value={values[field.name] ?? shown(field)}
              problem={problems[field.name]}
              onChange={(value) => enter(field.name, value)}
            />
          </div>
        ))}
      </div>
      {aside?.(values)}
      {error !== undefined && <Problem error={error} />}
      <div className="flex justify-end gap-3">
        {onCancel && <Button onPress={onCancel}>{t('ops.cancel')}</Button>}
        <Button type="submit" tone="accent" isDisabled={busy}>
          {submit}
        </Button>
      </div>
    </AriaForm>
  );
}

export function FormDialog({
  title,
  text,
  onClose,
  onSubmit,
  ...form
}: Omit<FormProps, 'onCancel'> & { title: string; text?: string; onClose: () => void }): ReactNode {
  return (
    <Dialog title={title} onClose={onClose} isDismissable={false}>
      {text !== undefined && <p className="text-muted">{text}</p>}
      <Form
        {...form}
        onCancel={onClose}
        onSubmit={async (body) => {
          await onSubmit(body);
          onClose();
        }}
      />
    </Dialog>
  );
}
