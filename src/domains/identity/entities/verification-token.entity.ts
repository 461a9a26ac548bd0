import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, UpdatedAtColumn } from '../../../engine/common/columns.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { emailKeyOf } from '../../../engine/common/email-key.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';

/** An application that creates its own tokens may use the address alone as the identifier. */
const addressOfToken = `regexp_replace(image->>'identifier', '^([a-z][a-z0-9-]*:)?([0-9a-f-]{36}:)?', '')`;

/** A token that was sent to a user, to verify an address or to reset a password. It can be used once. */
@PersonalRecord({
  namedBy: {
    person: `ARRAY[split_part(image->>'identifier', ':', 2)]`,
    address: `ARRAY[${emailKeyOf(addressOfToken)}]`,
  },
})
@AuditLabel({ label: 'Verification token', plural: 'Verification tokens', icon: '✉️' })
@Entity('verification_tokens')
@Index('idx_verification_tokens_expires', ['expiresAt'])
export class VerificationToken {
  /** The purpose, the user's id, and the normalised address: `reset-password:ID:ann@example.com`. */
  @Personal()
  @PrimaryColumn('text', { primaryKeyConstraintName: 'verification_tokens_pkey' })
  identifier!: string;

  /** The hash of the token; the token itself is never stored. */
  @Sensitive()
  @PrimaryColumn('text', { primaryKeyConstraintName: 'verification_tokens_pkey' })
  token!: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 6 })
  expiresAt!: Date;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;
}
