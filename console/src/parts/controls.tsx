/** The console's looks on React Aria's components, which bring roles, focus and keys with them. */
import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  type ButtonProps,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Switch as AriaSwitch,
  Text,
  TextArea,
  TextField as AriaTextField,
  type TextFieldProps,
} from 'react-aria-components';

const tones = {
  plain: 'bg-surface border-line text-text hover:bg-raised',
  accent: 'bg-accent border-transparent text-accent-text hover:brightness-90 dark:hover:brightness-110',
  good: 'bg-good border-transparent text-surface hover:brightness-90 dark:hover:brightness-110',
  bad: 'bg-bad border-transparent text-surface hover:brightness-90 dark:hover:brightness-110',
} as const;

export function Button({
  tone = 'plain',
  className = '',
  ...props
}: Omit<ButtonProps, 'className'> & { tone?: keyof typeof tones; className?: string }): ReactNode {
  return (
    <AriaButton
      {...props}
      className={`inline-flex min-h-10 items-center justify-center gap-2 rounded-lg border px-4 font-medium disabled:opacity-50 ${tones[tone]} ${className}`}
    />
  );
}

export function TextField({
  label,
  hint,
  type,
  rows,
  problem,
  ...props
}: TextFieldProps & { label: string; hint?: string; rows?: number; problem?: string }): ReactNode {
  return (
    <AriaTextField
      {...props}
      type={type}
      isInvalid={problem === undefined ? props.isInvalid : true}
      className="flex flex-col gap-1"
    >
      <Label className="text-sm font-medium">{label}</Label>
      {rows === undefined ? (
        <Input className="min-h-10 rounded-lg border border-line bg-surface px-3" />
      ) : (
        <TextArea rows={rows} className="rounded-lg border border-line bg-surface px-3 py-2" />
      )}
      {hint !== undefined && (
        <Text slot="description" className="text-sm text-muted">
          {hint}
        </Text>
      )}
      <FieldError className="text-sm text-bad">{problem}</FieldError>
    </AriaTextField>
  );
}

export interface Choice {
  readonly id: string;
  readonly text: string;
  readonly more?: string;
}

export function Select({
  label,
  choices,
  value,
  onChange,
  isDisabled,
}: {
  label: string;
  choices: readonly Choice[];
  value: string;
  onChange: (id: string) => void;
  isDisabled?: boolean;
}): ReactNode {
  return (
    <AriaSelect
      value={value}
      onChange={(key) => onChange(String(key))}
      isDisabled={isDisabled}
      className="flex min-w-0 flex-col gap-1"
    >
      <Label className="text-sm font-medium">{label}</Label>
      <AriaButton className="flex min-h-10 w-full items-center justify-between gap-2 rounded-lg border border-line bg-surface px-3 text-left disabled:opacity-50">
        <SelectValue className="truncate [&_[slot=description]]:hidden" />
        <span aria-hidden="true">▾</span>
      </AriaButton>
      <Popover className="max-h-80 max-w-[calc(100vw-1.5rem)] min-w-(--trigger-width) overflow-auto rounded-lg border border-line bg-surface shadow-lg">
        <ListBox items={choices} className="p-1 outline-none">
          {({ id, text, more }) => (
            <ListBoxItem
              id={id}
              textValue={text}
              className="cursor-default rounded px-3 py-2 outline-none data-focused:bg-raised data-selected:font-semibold"
            >
              <Text slot="label" className="block">
                {text}
              </Text>
              {more !== undefined && (
                <Text slot="description" className="block max-w-96 text-sm text-muted">
                  {more}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export function Switch({
  label,
  isSelected,
  onChange,
  isDisabled,
}: {
  label: string;
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
  isDisabled?: boolean;
}): ReactNode {
  return (
    <AriaSwitch
      isSelected={isSelected}
      onChange={onChange}
      isDisabled={isDisabled}
      className="group flex min-h-10 items-center gap-3 rounded-lg"
    >
      <span className="flex h-6 w-10 items-center rounded-full border border-muted bg-raised p-0.5 group-data-focus-visible:outline-2 group-data-selected:bg-accent">
        <span className="size-4 rounded-full bg-muted group-data-selected:translate-x-4 group-data-selected:bg-accent-text" />
      </span>
      {label}
    </AriaSwitch>
  );
}

export function Card({ title, children }: { title?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <section className="rounded-xl border border-line bg-surface p-4">
      {title !== undefined && <h2 className="mb-3 text-lg font-semibold">{title}</h2>}
      {children}
    </section>
  );
}

const badges = {
  neutral: 'bg-raised text-text',
  good: 'bg-raised text-good',
  warn: 'bg-raised text-warn',
  bad: 'bg-raised text-bad',
} as const;

export function Badge({
  tone = 'neutral',
  children,
}: {
  tone?: keyof typeof badges;
  children: ReactNode;
}): ReactNode {
  return (
    <span
      className={`inline-block rounded px-2 whitespace-nowrap py-0.5 text-sm font-medium ${badges[tone]}`}
    >
      {children}
    </span>
  );
}

/** Stands where text will be. */
export function Skeleton({ lines = 3 }: { lines?: number }): ReactNode {
  return (
    <div aria-hidden="true" className="flex animate-pulse flex-col gap-3">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="h-5 rounded bg-raised" />
      ))}
    </div>
  );
}
