.DEFAULT_GOAL := help
.PHONY: help start test db-migrate db-seed db-check db-reset db-psql

node_modules:
	npm ci

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: node_modules ## Migrate, seed and start the example API
	npm start

test: node_modules ## Run the tests
	npm test

db-migrate: node_modules ## Apply pending migrations
	npm run --silent db:migrate:deploy

db-seed: db-migrate ## Migrate if needed, and seed
	npm run --silent db:seed

db-check: node_modules ## Compare entities, database and migrations/schema.sql
	npm run --silent db:check

db-reset: node_modules ## Drop everything, then migrate and seed
	npm run --silent db:reset

db-psql: node_modules ## Open psql on the configured database
	npm run --silent db:psql
