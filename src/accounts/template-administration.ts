/** What customers and operators do with voice templates, in whole steps over the store. */
import { DEFAULT_SP_ID } from './apps.ts';
import type { TemplateStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { ReviewedAdministration } from './reviewed-administration.ts';
import type { Revised } from './revision.ts';
import { RuleViolation } from './rule-violation.ts';
import {
  changedTemplate,
  newTemplate,
  type NewTemplate,
  type Template,
  type TemplateChange,
  type TemplateContent,
} from './template.ts';
import { newIdentifier } from './voice-file.ts';

export interface TemplateAdministrationOptions {
  readonly store: TemplateStore;
  readonly now: () => number;
  readonly random: RandomIntegers;
  /** Everything submitted is approved at once. */
  readonly approvesAll?: boolean;
}

/** Every method rejects with RuleViolation when a rule forbids it. `spId` is the account whose templates are meant. */
export class TemplateAdministration extends ReviewedAdministration<TemplateContent, Template> {
  readonly #options: TemplateAdministrationOptions;

  constructor(options: TemplateAdministrationOptions) {
    super(options.store, options.now);
    this.#options = options;
  }

  async create(wanted: NewTemplate, spId = DEFAULT_SP_ID): Promise<Template> {
    const { store, now, random } = this.#options;
    const template = newTemplate(this.#approved(wanted), {
      templateId: newIdentifier(random),
      spId,
      now: now(),
    });
    await store.put(template);
    return template;
  }

  update(templateId: string, wanted: TemplateChange, spId?: string): Promise<Template> {
    return this.turns.take(async () => {
      const now = this.#options.now();
      const { template, change } = changedTemplate(
        await this.find(templateId, spId),
        this.#approved(wanted),
        now,
      );
      return this.keep(template, change, now);
    });
  }

  #approved<Wanted extends { readonly approve?: boolean | 'automatically' }>(wanted: Wanted): Wanted {
    return this.#options.approvesAll && !wanted.approve ? { ...wanted, approve: 'automatically' } : wanted;
  }

  protected unknown(): RuleViolation {
    return new RuleViolation('template-unknown', 'There is no template with this id.', {
      field: 'templateId',
      remedy: 'openvoicecall template list shows the templates there are.',
    });
  }

  protected changed(template: Template, revisions: Revised<TemplateContent>, now: number): Template {
    return { ...template, ...revisions, updatedAt: now };
  }
}
