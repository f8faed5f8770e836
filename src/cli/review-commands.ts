/** What voice files and templates have in common: approve, reject, remove, revisions. */
import type { Command } from 'commander';
import type { ReviewView, RevisionView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';
import { wholeNumber } from './values.ts';

export interface ReviewedKind<View extends ReviewView, Content> {
  /** `a voice file`. */
  readonly article: string;
  /** `<NAME>`. */
  readonly argument: string;
  /** Of what `--json` prints once it is removed. */
  readonly member: string;
  readonly pathOf: (id: string) => string;
  readonly lines: (view: View) => readonly string[];
  /** Columns of a revision beside those of its review. */
  readonly contentHead: readonly string[];
  readonly contentCells: (content: Content) => readonly string[];
}

/** The lines that every file and template shows. */
export const reviewFacts = ({ state, reason, revision, inService }: ReviewView) =>
  [
    ['state', state],
    ['reason', reason],
    ['revision', revision],
    ['in service', inService === undefined ? 'none' : `revision ${inService}`],
  ] as const;

/** For the column of a list. */
export const servedBy = ({ inService }: ReviewView): string =>
  inService === undefined ? '' : String(inService);

interface DecisionOptions extends ClientOptions {
  readonly revision?: number;
  readonly reason?: string;
}

const withRevision = (command: Command): Command =>
  command.option(
    '--revision <N>',
    'the one you reviewed; needed once there has been more than one',
    wholeNumber,
  );

export function reviewCommands<View extends ReviewView, Content>(
  kind: ReviewedKind<View, Content>,
): Command[] {
  const { article, argument, member, pathOf, lines } = kind;

  const approve = withRevision(
    clientCommand('approve', `let calls use ${article}, in place of the revision in service`).argument(
      argument,
    ),
  ).action(async (id: string, { revision, ...options }: DecisionOptions) => {
    const body = revision === undefined ? undefined : { revision };
    const view = await clientOf(options).post<View>(`${pathOf(id)}/approve`, body);
    result(options.json, view, () => lines(view));
  });

  const reject = withRevision(
    clientCommand('reject', `refuse ${article}, or take back the approval of the revision in service`)
      .argument(argument)
      .requiredOption('--reason <TEXT>', 'why'),
  ).action(async (id: string, { revision, reason, ...options }: DecisionOptions) => {
    const view = await clientOf(options).post<View>(`${pathOf(id)}/reject`, { reason, revision });
    result(options.json, view, () => lines(view));
  });

  const remove = clientCommand('remove', `remove ${article}`)
    .argument(argument)
    .action(async (id: string, options: ClientOptions) => {
      await clientOf(options).delete(pathOf(id));
      result(options.json, { [member]: id, removed: true }, () => [`${id} is removed.`]);
    });

  return [approve, reject, remove, revisionsCommand(kind)];
}

function revisionsCommand<View extends ReviewView, Content>({
  article,
  argument,
  pathOf,
  contentHead,
  contentCells,
}: ReviewedKind<View, Content>): Command {
  return clientCommand('revisions', `everything that was submitted as ${article}, and what became of it`)
    .argument(argument)
    .action(async (id: string, options: ClientOptions) => {
      const path = `${pathOf(id)}/revisions`;
      const document = await clientOf(options).get<{ revisions: (RevisionView & Content)[] }>(path);
      const rows = document.revisions.map((revision) => [
        String(revision.number),
        revision.inService ? 'in service' : revision.state,
        revision.submittedAt,
        revision.submittedBy ?? '',
        revision.reviewedAt ?? '',
        revision.reviewedBy ?? '',
        revision.reason ?? '',
        ...contentCells(revision),
      ]);
      const head = ['no', 'state', 'submitted', 'by', 'reviewed', 'by', 'reason', ...contentHead];
      result(options.json, document, () => table(head, rows));
    });
}
