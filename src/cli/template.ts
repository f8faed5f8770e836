import { Command } from 'commander';
import type { TemplateView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { reviewCommands, reviewFacts, servedBy } from './review-commands.ts';
import { signedNumber } from './values.ts';

const pathOf = (templateId: string): string => `/templates/${encodeURIComponent(templateId)}`;

const lines = (template: TemplateView): string[] =>
  facts([
    ['template id', template.templateId],
    ['name', template.name],
    ...reviewFacts(template),
    ['speed', template.speed],
    ['content', template.content],
    ...(template.warnings ?? []).map((warning) => ['warning', warning] as const),
  ]);

interface TemplateOptions extends ClientOptions {
  readonly name?: string;
  readonly content?: string;
  readonly speed?: number;
  readonly approve?: boolean;
}

const membersOf = ({ name, content, speed, approve }: TemplateOptions): object => ({
  name,
  content,
  speed,
  approve,
});

const add = clientCommand('add', 'submit a template')
  .requiredOption('--name <NAME>', 'what you call it')
  .requiredOption(
    '--content <TEXT>',
    'beginning with a Chinese character; ${TXT_n}, ${NUM_n}, ${DATE} and ${TIME} are filled by each call',
  )
  .option('--speed <N>', '-200 to 500; 0 is normal', signedNumber)
  .option('--approve', 'calls may use it at once')
  .action(async (options: TemplateOptions) => {
    const template = await clientOf(options).post<TemplateView>('/templates', membersOf(options));
    result(options.json, template, () => lines(template));
  });

const list = clientCommand('list', 'all templates').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ templates: TemplateView[] }>('/templates');
  const rows = document.templates.map((template) => [
    template.templateId,
    template.name,
    template.state,
    servedBy(template),
    String(template.speed),
    template.content,
  ]);
  const head = ['template id', 'name', 'state', 'in service', 'speed', 'content'];
  result(options.json, document, () => table(head, rows));
});

const show = clientCommand('show', 'one template')
  .argument('<ID>')
  .action(async (templateId: string, options: ClientOptions) => {
    const template = await clientOf(options).get<TemplateView>(pathOf(templateId));
    result(options.json, template, () => lines(template));
  });

const update = clientCommand('update', 'change a template; another content is its next revision')
  .argument('<ID>')
  .option('--name <NAME>', 'what you call it')
  .option('--content <TEXT>', 'what it says')
  .option('--speed <N>', '-200 to 500; 0 is normal', signedNumber)
  .action(async (templateId: string, options: TemplateOptions) => {
    const template = await clientOf(options).patch<TemplateView>(pathOf(templateId), membersOf(options));
    result(options.json, template, () => lines(template));
  });

const common = reviewCommands<TemplateView, Pick<TemplateView, 'content'>>({
  article: 'a template',
  argument: '<ID>',
  member: 'templateId',
  pathOf,
  lines,
  contentHead: ['content'],
  contentCells: ({ content }) => [content],
});

export function templateCommand(): Command {
  const group = new Command('template').description('texts with variables, which calls speak');
  for (const command of [add, list, show, update, ...common]) group.addCommand(command);
  return group;
}
