import { Injectable } from '@nestjs/common';
import { foldAscii } from '../../../engine/common/fold-ascii.js';
import { isUuid } from '../../../engine/common/uuid.js';
import type { BrandingProfile } from '../entities/branding-profile.entity.js';
import { BrandingMissingError } from '../errors.js';
import { BrandingProfileRepository } from '../repositories/branding-profile.repository.js';

/** The identifiers of an app that is starting. All are optional. */
export interface BrandingQuery {
  /** The web app's host name, in any case. A port is ignored. */
  domain?: string;
  /** Apple's bundle identifier. */
  bundleId?: string;
  /** Android's package name. */
  packageName?: string;
  customerProfileId?: string;
}

/** Finds the branding of apps. */
@Injectable()
export class BrandingService {
  constructor(private readonly profiles: BrandingProfileRepository) {}

  /**
   * Finds the active profile for an app: by its domain, bundle identifier, package name or customer, in
   * this order. If nothing matches, it is the platform's profile. The identifiers of profiles and of active
   * branded apps count. One query.
   *
   * @throws BrandingMissingError when the platform has no active profile either
   */
  async resolve({
    domain,
    bundleId,
    packageName,
    customerProfileId,
  }: BrandingQuery = {}): Promise<BrandingProfile> {
    const profile = await this.profiles.resolve({
      domain: textOrNull(domain && hostName(domain)),
      bundleId: textOrNull(bundleId),
      packageName: textOrNull(packageName),
      customerProfileId: isUuid(customerProfileId) ? customerProfileId : null,
    });
    if (profile === null) throw new BrandingMissingError();
    return profile;
  }
}

/** Normalises a Host header: `Sing.Example.com.:8080` becomes `sing.example.com`. */
function hostName(domain: string): string {
  return foldAscii(domain.trim().replace(/:\d*$/, '').replace(/\.$/, ''));
}

/** Null for an empty text, and for a text with a zero byte, which PostgreSQL cannot hold. */
function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' || text.includes('\0') ? null : text;
}
