import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Billing1764000003000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE customers (
        customers_id         uuid           NOT NULL,
        stripe_customer_id   text           NOT NULL,
        customer_profiles_id uuid           NOT NULL,
        email                text,
        name                 text,
        phone                text,
        description          text,
        metadata             jsonb          NOT NULL DEFAULT '{}',
        invoice_settings     jsonb          NOT NULL DEFAULT '{}',
        shipping             jsonb          NOT NULL DEFAULT '{}',
        tax_exempt           text,
        tax_ids              jsonb          NOT NULL DEFAULT '[]',
        livemode             boolean        NOT NULL DEFAULT false,
        stripe_deleted_at    timestamptz(6),
        stripe_updated_at    timestamptz(6),
        created_at           timestamptz(6) NOT NULL DEFAULT now(),
        updated_at           timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT customers_pkey PRIMARY KEY (customers_id),
        CONSTRAINT customers_stripe_customer_id_key UNIQUE (stripe_customer_id),
        CONSTRAINT customers_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX customers_customer_profiles_id_idx ON customers (customer_profiles_id);

      CREATE TABLE stripe_checkout_sessions (
        stripe_checkout_sessions_id text           NOT NULL,
        customers_id                uuid           NOT NULL,
        payment_status              text           NOT NULL,
        mode                        text           NOT NULL,
        amount_total                bigint,
        currency                    text           NOT NULL,
        url                         text,
        metadata                    jsonb          NOT NULL DEFAULT '{}',
        completed_at                timestamptz(6),
        expires_at                  timestamptz(6),
        stripe_updated_at           timestamptz(6),
        created_at                  timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT stripe_checkout_sessions_pkey PRIMARY KEY (stripe_checkout_sessions_id),
        CONSTRAINT stripe_checkout_sessions_customers_id_fkey FOREIGN KEY (customers_id)
          REFERENCES customers (customers_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX stripe_checkout_sessions_customers_id_idx
        ON stripe_checkout_sessions (customers_id);
    `);

    await queryRunner.query(`
      CREATE TABLE products (
        products_id       text           NOT NULL,
        name              text,
        description       text,
        active            boolean        NOT NULL DEFAULT true,
        metadata          jsonb          NOT NULL DEFAULT '{}',
        images            text[]         NOT NULL DEFAULT '{}',
        livemode          boolean        NOT NULL DEFAULT false,
        stripe_updated_at timestamptz(6),
        created_at        timestamptz(6) NOT NULL DEFAULT now(),
        updated_at        timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT products_pkey PRIMARY KEY (products_id)
      );

      CREATE TABLE prices (
        prices_id         text           NOT NULL,
        product_id        text           NOT NULL,
        active            boolean        NOT NULL DEFAULT true,
        currency          char(3)        NOT NULL,
        type              text           NOT NULL,
        recurring         jsonb,
        unit_amount       bigint,
        metadata          jsonb          NOT NULL DEFAULT '{}',
        livemode          boolean        NOT NULL DEFAULT false,
        stripe_updated_at timestamptz(6),
        created_at        timestamptz(6) NOT NULL DEFAULT now(),
        updated_at        timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT prices_pkey PRIMARY KEY (prices_id),
        CONSTRAINT prices_product_id_fkey FOREIGN KEY (product_id)
          REFERENCES products (products_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX idx_prices_product ON prices (product_id);
      CREATE INDEX idx_prices_active ON prices (active);
    `);

    await queryRunner.query(`
      CREATE TABLE subscriptions (
        subscriptions_id     text           NOT NULL,
        customer_profiles_id uuid           NOT NULL,
        status               text           NOT NULL,
        current_period_start timestamptz(6) NOT NULL,
        current_period_end   timestamptz(6) NOT NULL,
        cancel_at_period_end boolean        NOT NULL DEFAULT false,
        cancel_at            timestamptz(6),
        canceled_at          timestamptz(6),
        items                jsonb,
        metadata             jsonb          NOT NULL DEFAULT '{}',
        livemode             boolean        NOT NULL DEFAULT false,
        stripe_updated_at    timestamptz(6),
        created_at           timestamptz(6) NOT NULL DEFAULT now(),
        updated_at           timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT subscriptions_pkey PRIMARY KEY (subscriptions_id),
        CONSTRAINT subscriptions_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX idx_subscriptions_customer_profile ON subscriptions (customer_profiles_id);
      CREATE INDEX idx_subscriptions_status ON subscriptions (status);
    `);

    await queryRunner.query(`
      CREATE TABLE stripe_webhook_events (
        stripe_webhook_events_id serial         NOT NULL,
        event_id                 text           NOT NULL,
        event_type               text           NOT NULL,
        payload                  jsonb          NOT NULL,
        processed                boolean        NOT NULL DEFAULT false,
        processed_at             timestamptz(6),
        received_at              timestamptz(6) NOT NULL DEFAULT now(),
        livemode                 boolean        NOT NULL DEFAULT false,
        error_message            text,
        request_id               text,
        endpoint_secret          text,
        attempts                 integer                 DEFAULT 0,
        next_attempt_at          timestamptz(6),
        CONSTRAINT stripe_webhook_events_pkey PRIMARY KEY (stripe_webhook_events_id),
        CONSTRAINT stripe_webhook_events_event_id_key UNIQUE (event_id)
      );
      -- Unprocessed events, which are few of all events, in the order of arrival.
      CREATE INDEX idx_stripe_webhook_events_pending
        ON stripe_webhook_events (stripe_webhook_events_id) WHERE NOT processed;
      -- Processed events, which are pruned, oldest first.
      CREATE INDEX idx_stripe_webhook_events_processed
        ON stripe_webhook_events (processed_at) WHERE processed;
      CREATE INDEX idx_stripe_webhook_events_type
        ON stripe_webhook_events (event_type, stripe_webhook_events_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE stripe_webhook_events, subscriptions, prices, products, stripe_checkout_sessions,
        customers
    `);
  }
}
