import type { Kysely } from 'kysely';
import type { Enterprise } from '../accounts/enterprise.ts';
import type { NumberOrder } from '../accounts/number-order.ts';
import type { EnterpriseStore } from '../accounts/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { inPieces } from './pieces.ts';
import type { EnterpriseRow, Schema } from './schema.ts';
import { type Secrets, unsealed } from './secret-box.ts';

/** What the document of a row keeps; the other members have columns. */
type RecordDocument = Omit<Enterprise, 'enterpriseId' | 'spId' | 'legalPersonId' | 'createdAt'>;

/** Enterprises and their orders of numbers. */
export class EnterpriseRepository implements EnterpriseStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #secrets: Secrets;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, secrets: Secrets = unsealed) {
    this.#database = database;
    this.#commits = commits;
    this.#secrets = secrets;
  }

  async enterprises(spId?: string): Promise<Enterprise[]> {
    const all = this.#database.selectFrom('enterprises').selectAll().orderBy('id');
    const wanted = spId === undefined ? all : all.where('sp_id', '=', spId);
    return (await wanted.execute()).map((row) => this.#enterpriseOfRow(row));
  }

  async enterprise(enterpriseId: string): Promise<Enterprise | undefined> {
    const row = await this.#database
      .selectFrom('enterprises')
      .selectAll()
      .where('enterprise_id', '=', enterpriseId)
      .executeTakeFirst();
    return row && this.#enterpriseOfRow(row);
  }

  async putEnterprise(enterprise: Enterprise): Promise<void> {
    const { enterpriseId, spId, legalPersonId, createdAt, ...record } = enterprise;
    const row = {
      enterprise_id: enterpriseId,
      sp_id: spId,
      legal_person_id: this.#secrets.seal(legalPersonId, ownerOf(enterpriseId)),
      record_json: JSON.stringify(record satisfies RecordDocument),
      created_at: createdAt,
    };
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('enterprises')
        .values(row)
        .onConflict((conflict) => conflict.column('enterprise_id').doUpdateSet(row))
        .execute(),
    );
  }

  async orders(spId?: string): Promise<NumberOrder[]> {
    const all = this.#database.selectFrom('number_orders').select('order_json').orderBy('id');
    const wanted = spId === undefined ? all : all.where('sp_id', '=', spId);
    return (await wanted.execute()).map(orderOfRow);
  }

  async order(orderId: string): Promise<NumberOrder | undefined> {
    const row = await this.#database
      .selectFrom('number_orders')
      .select('order_json')
      .where('order_id', '=', orderId)
      .executeTakeFirst();
    return row && orderOfRow(row);
  }

  async orderOfNumber(number: string): Promise<NumberOrder | undefined> {
    const row = await this.#database
      .selectFrom('granted_numbers')
      .innerJoin('number_orders', 'number_orders.order_id', 'granted_numbers.order_id')
      .select('order_json')
      .where('number', '=', number)
      .executeTakeFirst();
    return row && orderOfRow(row);
  }

  async putOrder(order: NumberOrder): Promise<void> {
    const { orderId, spId, createdAt, state, numbers } = order;
    const row = { order_id: orderId, sp_id: spId, order_json: JSON.stringify(order), created_at: createdAt };
    const granted = state === 'granted' ? numbers.map((number) => ({ number, order_id: orderId })) : [];
    await this.#commits.run(async (transaction) => {
      await transaction
        .insertInto('number_orders')
        .values(row)
        .onConflict((conflict) => conflict.column('order_id').doUpdateSet(row))
        .execute();
      await transaction.deleteFrom('granted_numbers').where('order_id', '=', orderId).execute();
      for (const piece of inPieces(granted)) {
        await transaction.insertInto('granted_numbers').values(piece).execute();
      }
    });
  }

  #enterpriseOfRow(row: EnterpriseRow): Enterprise {
    const { enterprise_id: enterpriseId } = row;
    return {
      ...(JSON.parse(row.record_json) as RecordDocument),
      enterpriseId,
      spId: row.sp_id,
      legalPersonId: this.#secrets.open(row.legal_person_id, ownerOf(enterpriseId)),
      createdAt: row.created_at,
    };
  }
}

const orderOfRow = ({ order_json: json }: { readonly order_json: string }): NumberOrder =>
  JSON.parse(json) as NumberOrder;

/** Whom the id of a legal person is sealed for. */
const ownerOf = (enterpriseId: string): string => `enterprises/${enterpriseId}`;
