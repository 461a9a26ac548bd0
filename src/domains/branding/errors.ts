import { DatabaseError } from '../../engine/common/errors/database.error.js';
import type { KeyStatus } from '../keys/key.js';

/** No branding profile matches, and the platform has no active profile to fall back to. */
export class BrandingMissingError extends DatabaseError {
  readonly code = 'BRANDING_MISSING';

  constructor() {
    super(
      "No active branding profile matches, and the platform has none. Run npx singr-db seed, which makes the platform's, or activate it.",
    );
  }
}

/** No branded app has the given id. Nothing was written. */
export class BrandedAppNotFoundError extends DatabaseError {
  readonly code = 'BRANDED_APP_NOT_FOUND';

  constructor(readonly brandedAppId: string) {
    super(`No branded app has the id ${brandedAppId}. Give branded_apps_id of one that exists.`);
  }
}

/**
 * The key grants no access: it is unknown, suspended, revoked or expired, or its app is not active. The
 * error does not say which.
 */
export class BrandedAppKeyRejectedError extends DatabaseError {
  readonly code = 'BRANDED_APP_KEY_REJECTED';

  constructor() {
    super(
      'The key of the app is unknown, suspended, revoked or expired, or the app is not active. Use another, or have one issued.',
    );
  }
}

/** The branded app has no key with the given id. */
export class BrandedAppKeyNotFoundError extends DatabaseError {
  readonly code = 'BRANDED_APP_KEY_NOT_FOUND';

  constructor(readonly keyId: string) {
    super(`The branded app has no key with the id ${keyId}. Give the id of one of its own keys.`);
  }
}

/** A key's current status does not allow the change to the requested one. Nothing was written. */
export class BrandedAppKeyTransitionError extends DatabaseError {
  readonly code = 'BRANDED_APP_KEY_TRANSITION';

  constructor(
    readonly from: KeyStatus,
    readonly to: KeyStatus | 'rotated',
  ) {
    super(
      `A key that is ${from} cannot become ${to}. Active keys can be rotated and suspended, and suspended keys activated; ` +
        'issue another key in place of a revoked or expired one.',
    );
  }
}
