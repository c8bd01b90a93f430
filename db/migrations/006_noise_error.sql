-- SPDX-License-Identifier: Apache-2.0
-- How much of a session's change its own rounds explain, so that only the rest counts as the host's noise floor.

ALTER TABLE noise ADD COLUMN error REAL; -- standard error of the change by the scatter of its rounds; NULL: not known
