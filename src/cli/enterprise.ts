import { Command } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface EnterpriseView {
  readonly enterpriseId: string;
  readonly spId: string;
  readonly name: string;
  readonly licenceCode: string;
  readonly legalPersonId: string;
  readonly scene: string;
  readonly script: string;
  readonly peakConcurrency: number;
  readonly registeredCapital?: number;
  readonly state: string;
  readonly reason?: string;
}

interface OrderView {
  readonly orderId: string;
  readonly spId: string;
  readonly enterpriseId: string;
  readonly city: string;
  readonly quantity: number;
  readonly state: string;
  readonly reason?: string;
  readonly numbers: readonly string[];
}

const pathOf = (id: string): string => `/enterprises/${encodeURIComponent(id)}`;

const lines = (enterprise: EnterpriseView): string[] =>
  facts([
    ['enterprise', enterprise.enterpriseId],
    ['account', enterprise.spId],
    ['name', enterprise.name],
    ['licence', enterprise.licenceCode],
    ['legal person', enterprise.legalPersonId],
    ['scene', enterprise.scene],
    ['script', enterprise.script],
    ['calls at once', enterprise.peakConcurrency],
    ['registered capital', enterprise.registeredCapital],
    ['state', enterprise.state],
    ['reason', enterprise.reason],
  ]);

const members: readonly (readonly [flags: string, description: string])[] = [
  ['--name <NAME>', 'as on the licence'],
  ['--licence-code <CODE>', 'of the licence'],
  ['--legal-person-id <ID>', 'of the legal person; kept encrypted'],
  ['--scene <TEXT>', 'what the calls are for'],
  ['--script <TEXT>', 'what is said in them'],
];

function withMembers(command: Command, isRequired: boolean): Command {
  for (const [flags, description] of members) {
    if (isRequired) command.requiredOption(flags, description);
    else command.option(flags, description);
  }
  const [flags, description] = ['--peak-concurrency <N>', 'calls at once at most'];
  if (isRequired) command.requiredOption(flags, description, wholeNumber);
  else command.option(flags, description, wholeNumber);
  return command.option('--registered-capital <CNY>', 'the service wants 500,000 at least', wholeNumber);
}

const bodyOf = ({ data: _data, json: _json, account: _account, ...record }: ClientOptions): object => record;

const add = withMembers(clientCommand('add', 'submit an enterprise for review'), true).action(
  async (options: ClientOptions) => {
    const enterprise = await clientOf(options).post<EnterpriseView>('/enterprises', bodyOf(options));
    result(options.json, enterprise, () => lines(enterprise));
  },
);

const list = clientCommand('list', 'all enterprises').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ enterprises: EnterpriseView[] }>('/enterprises');
  const rows = document.enterprises.map(({ enterpriseId, spId, name, state }) => [
    enterpriseId,
    spId,
    name,
    state,
  ]);
  result(options.json, document, () => table(['enterprise', 'account', 'name', 'state'], rows));
});

const show = clientCommand('show', 'one enterprise')
  .argument('<ID>')
  .action(async (id: string, options: ClientOptions) => {
    const enterprise = await clientOf(options).get<EnterpriseView>(pathOf(id));
    result(options.json, enterprise, () => lines(enterprise));
  });

const update = withMembers(
  clientCommand('update', 'change an enterprise, which is reviewed anew').argument('<ID>'),
  false,
).action(async (id: string, options: ClientOptions) => {
  const enterprise = await clientOf(options).patch<EnterpriseView>(pathOf(id), bodyOf(options));
  result(options.json, enterprise, () => lines(enterprise));
});

const approve = clientCommand('approve', 'an enterprise may order numbers')
  .argument('<ID>')
  .action(async (id: string, options: ClientOptions) => {
    const enterprise = await clientOf(options).post<EnterpriseView>(`${pathOf(id)}/approve`);
    result(options.json, enterprise, () => lines(enterprise));
  });

const reject = clientCommand('reject', 'an enterprise may order no numbers; what it has stays')
  .argument('<ID>')
  .requiredOption('--reason <TEXT>', 'what is to be changed')
  .action(async (id: string, options: ClientOptions & { reason: string }) => {
    const { reason } = options;
    const enterprise = await clientOf(options).post<EnterpriseView>(`${pathOf(id)}/reject`, { reason });
    result(options.json, enterprise, () => lines(enterprise));
  });

export function enterpriseCommand(): Command {
  const group = new Command('enterprise').description(
    'enterprises, whose review comes before they order numbers',
  );
  for (const command of [add, list, show, update, approve, reject]) group.addCommand(command);
  return group;
}

const orderPath = (id: string): string => `/number-orders/${encodeURIComponent(id)}`;

const orderLines = (order: OrderView): string[] =>
  facts([
    ['order', order.orderId],
    ['account', order.spId],
    ['enterprise', order.enterpriseId],
    ['city', order.city],
    ['quantity', order.quantity],
    ['state', order.state],
    ['reason', order.reason],
    ['numbers', order.numbers.join(', ')],
  ]);

const addOrder = clientCommand('add', 'order numbers for an enterprise that was approved')
  .requiredOption('--enterprise <ID>', 'whom they are for')
  .requiredOption('--city <CITY>', 'where they are from')
  .requiredOption('--quantity <N>', 'how many', wholeNumber)
  .action(async (options: ClientOptions & { enterprise: string; city: string; quantity: number }) => {
    const { enterprise: enterpriseId, city, quantity } = options;
    const order = await clientOf(options).post<OrderView>('/number-orders', { enterpriseId, city, quantity });
    result(options.json, order, () => orderLines(order));
  });

const listOrders = clientCommand('list', 'all orders of numbers').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ orders: OrderView[] }>('/number-orders');
  const rows = document.orders.map(({ orderId, spId, city, quantity, state }) => [
    orderId,
    spId,
    city,
    String(quantity),
    state,
  ]);
  result(options.json, document, () => table(['order', 'account', 'city', 'quantity', 'state'], rows));
});

const showOrder = clientCommand('show', 'one order of numbers')
  .argument('<ID>')
  .action(async (id: string, options: ClientOptions) => {
    const order = await clientOf(options).get<OrderView>(orderPath(id));
    result(options.json, order, () => orderLines(order));
  });

async function move(id: string, step: string, options: ClientOptions, body?: object): Promise<void> {
  const order = await clientOf(options).post<OrderView>(`${orderPath(id)}/${step}`, body);
  result(options.json, order, () => orderLines(order));
}

const review = clientCommand('review', 'take an order up')
  .argument('<ID>')
  .action((id: string, options: ClientOptions) => move(id, 'review', options));

const grant = clientCommand('grant', 'give an account the numbers it ordered')
  .argument('<ID>')
  .requiredOption('--numbers <NUMBERS...>', 'as many as were ordered')
  .action((id: string, options: ClientOptions & { numbers: string[] }) =>
    move(id, 'grant', options, { numbers: options.numbers }),
  );

const rejectOrder = clientCommand('reject', 'refuse an order')
  .argument('<ID>')
  .requiredOption('--reason <TEXT>', 'why')
  .action((id: string, options: ClientOptions & { reason: string }) =>
    move(id, 'reject', options, { reason: options.reason }),
  );

const release = clientCommand('release', 'give the numbers of an order back, for good')
  .argument('<ID>')
  .action((id: string, options: ClientOptions) => move(id, 'release', options));

export function numberOrderCommand(): Command {
  const group = new Command('number-order').description('orders of numbers, by city and quantity');
  const commands = [addOrder, listOrders, showOrder, review, grant, rejectOrder, release];
  for (const command of commands) group.addCommand(command);
  return group;
}
