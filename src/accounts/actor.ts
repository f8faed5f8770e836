/** Who asks for something on the operator's side, and what the roles of an account's users allow (spec 00, IAM; spec 01 section 6). */

export const roles = ['owner', 'administrator', 'reviewer', 'read-only'] as const;

/**
 * `owner` may do everything in the account, its people included; `administrator` is the service's "RTC Administrator", all of
 * Voice Call; `reviewer` decides about voice files and templates; `read-only` looks.
 */
export type Role = (typeof roles)[number];

/**
 * What a request needs: to `read`, to `manage` what calls are made with (and to place calls), to `review` what was submitted,
 * to manage the account's `people` and read its audit trail, or to `operate` the platform, which no account may.
 */
export type Right = 'read' | 'manage' | 'review' | 'people' | 'operate';

export type Actor =
  | { readonly kind: 'operator' }
  | {
      readonly kind: 'user';
      /** The account. */
      readonly spId: string;
      readonly userId: string;
      readonly name: string;
      readonly role: Role;
    };

const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  owner: ['read', 'manage', 'review', 'people'],
  administrator: ['read', 'manage', 'review'],
  reviewer: ['read', 'review'],
  'read-only': ['read'],
};

/** The platform's operator may do everything. */
export function mayDo(actor: Actor, right: Right): boolean {
  return actor.kind === 'operator' || rightsOf[actor.role].includes(right);
}

/** What an actor is called where people read of him. */
export const actorName = (actor: Actor): string => (actor.kind === 'user' ? actor.name : actor.kind);
