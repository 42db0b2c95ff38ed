CREATE TYPE "public"."batch_source" AS ENUM('kinesis', 'sqs');--> statement-breakpoint
CREATE TYPE "public"."channel" AS ENUM('browser', 'kiosk');--> statement-breakpoint
CREATE TYPE "public"."tally_level" AS ENUM('election', 'region', 'station');--> statement-breakpoint
CREATE TABLE "ballot" (
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"cast_at" timestamp with time zone NOT NULL,
	"cast_on" date NOT NULL,
	"election_no" integer NOT NULL,
	"channel" "channel" NOT NULL,
	"region" text NOT NULL,
	"station" text NOT NULL,
	"lines" integer[] NOT NULL,
	CONSTRAINT "ballot_to_the_minute" CHECK (extract(epoch from "ballot"."cast_at") % 60 = 0),
	CONSTRAINT "ballot_has_lines" CHECK (cardinality("ballot"."lines") >= 1)
) PARTITION BY RANGE ("cast_on");
--> statement-breakpoint
CREATE TABLE "ballot_style_contest" (
	"election_no" integer NOT NULL,
	"ballot_style" text NOT NULL,
	"contest" text NOT NULL,
	CONSTRAINT "ballot_style_contest_pk" PRIMARY KEY("election_no","ballot_style","contest")
);
--> statement-breakpoint
CREATE TABLE "duplicate_attempt" (
	"election_no" integer NOT NULL,
	"voter_key" uuid NOT NULL,
	"ballot_id" uuid NOT NULL,
	"region" text NOT NULL,
	"station" text NOT NULL,
	"channel" "channel" NOT NULL,
	"cast_at" timestamp with time zone NOT NULL,
	"record_sha256" "bytea" NOT NULL,
	"batch_id" uuid NOT NULL,
	CONSTRAINT "duplicate_attempt_pk" PRIMARY KEY("election_no","voter_key","ballot_id")
);
--> statement-breakpoint
CREATE TABLE "election" (
	"election_no" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "election_election_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"election" text NOT NULL,
	"name" text NOT NULL,
	"time_zone" text NOT NULL,
	"opens_at" timestamp with time zone NOT NULL,
	"closes_at" timestamp with time zone NOT NULL,
	"grace_seconds" integer NOT NULL,
	"definition_version" integer NOT NULL,
	CONSTRAINT "election_id_unique" UNIQUE("election")
);
--> statement-breakpoint
CREATE TABLE "participation" (
	"voter_key" uuid NOT NULL,
	"ballot_id" uuid NOT NULL,
	"election_no" integer NOT NULL,
	CONSTRAINT "participation_pk" PRIMARY KEY("election_no","voter_key")
) PARTITION BY HASH ("voter_key");
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"quarantine_key" "bytea" NOT NULL,
	"election_no" integer,
	"reason" text NOT NULL,
	"record" "bytea" NOT NULL,
	"batch_id" uuid NOT NULL,
	"quarantined_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quarantine_pk" PRIMARY KEY("quarantine_key"),
	CONSTRAINT "quarantine_key_length" CHECK (octet_length("quarantine"."quarantine_key") = 32)
);
--> statement-breakpoint
CREATE TABLE "reporting_unit" (
	"election_no" integer NOT NULL,
	"unit_no" integer NOT NULL,
	"level" "tally_level" NOT NULL,
	"parent_no" integer,
	"region" text,
	"station" text,
	"name" text NOT NULL,
	"registered_voters" integer,
	CONSTRAINT "reporting_unit_pk" PRIMARY KEY("election_no","unit_no"),
	CONSTRAINT "reporting_unit_place" UNIQUE NULLS NOT DISTINCT("election_no","region","station"),
	CONSTRAINT "reporting_unit_level" CHECK (("reporting_unit"."level" = 'election' and "reporting_unit"."region" is null and "reporting_unit"."station" is null and "reporting_unit"."parent_no" is null)
        or ("reporting_unit"."level" = 'region' and "reporting_unit"."region" is not null and "reporting_unit"."station" is null and "reporting_unit"."parent_no" is not null)
        or ("reporting_unit"."level" = 'station' and "reporting_unit"."region" is not null and "reporting_unit"."station" is not null and "reporting_unit"."parent_no" is not null))
);
--> statement-breakpoint
CREATE TABLE "tally" (
	"election_no" integer NOT NULL,
	"unit_no" integer NOT NULL,
	"line_no" integer NOT NULL,
	"votes" bigint NOT NULL,
	CONSTRAINT "tally_pk" PRIMARY KEY("election_no","unit_no","line_no"),
	CONSTRAINT "tally_votes" CHECK ("tally"."votes" >= 0)
);
--> statement-breakpoint
CREATE TABLE "tally_line" (
	"election_no" integer NOT NULL,
	"line_no" integer NOT NULL,
	"contest" text,
	"contest_name" text,
	"max_selections" integer,
	"choice" text,
	"choice_name" text,
	"party" text,
	"ballot_style" text,
	"channel" "channel",
	CONSTRAINT "tally_line_pk" PRIMARY KEY("election_no","line_no"),
	CONSTRAINT "tally_line_meaning" UNIQUE NULLS NOT DISTINCT("election_no","contest","choice","ballot_style","channel"),
	CONSTRAINT "tally_line_range" CHECK ("tally_line"."line_no" >= 1 and "tally_line"."line_no" < 2097152),
	CONSTRAINT "tally_line_kind" CHECK ((num_nonnulls("tally_line"."contest", "tally_line"."contest_name", "tally_line"."max_selections", "tally_line"."choice", "tally_line"."choice_name") = 5
          and num_nonnulls("tally_line"."ballot_style", "tally_line"."channel") = 0)
        or (num_nonnulls("tally_line"."contest", "tally_line"."contest_name", "tally_line"."max_selections", "tally_line"."choice", "tally_line"."choice_name", "tally_line"."party") = 0
          and num_nonnulls("tally_line"."ballot_style", "tally_line"."channel") = 2))
);
--> statement-breakpoint
CREATE TABLE "tally_pending" (
	"batch_id" uuid NOT NULL,
	"election_no" integer NOT NULL,
	"level" "tally_level" NOT NULL,
	"unit_nos" integer[] NOT NULL,
	"line_nos" integer[] NOT NULL,
	"votes" integer[] NOT NULL,
	"recorded" integer NOT NULL,
	"duplicates" integer NOT NULL,
	"quarantined" integer NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tally_total" (
	"election_no" integer PRIMARY KEY NOT NULL,
	"recorded" bigint NOT NULL,
	"duplicates" bigint NOT NULL,
	"quarantined" bigint NOT NULL,
	"as_of" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "writer_batch" (
	"batch_id" uuid PRIMARY KEY NOT NULL,
	"source" "batch_source" NOT NULL,
	"shard" text NOT NULL,
	"first_sequence" text NOT NULL,
	"last_sequence" text NOT NULL,
	"recorded" integer NOT NULL,
	"repeated" integer NOT NULL,
	"duplicates" integer NOT NULL,
	"quarantined" integer NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "writer_batch_counts" CHECK (least("writer_batch"."recorded", "writer_batch"."repeated", "writer_batch"."duplicates", "writer_batch"."quarantined") >= 0)
);
--> statement-breakpoint
ALTER TABLE "ballot_style_contest" ADD CONSTRAINT "ballot_style_contest_election_no_election_election_no_fk" FOREIGN KEY ("election_no") REFERENCES "public"."election"("election_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reporting_unit" ADD CONSTRAINT "reporting_unit_election_no_election_election_no_fk" FOREIGN KEY ("election_no") REFERENCES "public"."election"("election_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reporting_unit" ADD CONSTRAINT "reporting_unit_parent" FOREIGN KEY ("election_no","parent_no") REFERENCES "public"."reporting_unit"("election_no","unit_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tally_line" ADD CONSTRAINT "tally_line_election_no_election_election_no_fk" FOREIGN KEY ("election_no") REFERENCES "public"."election"("election_no") ON DELETE no action ON UPDATE no action;