"""iam_history and what is made from it: nothing lost, nothing twice, and the past as it was."""

from __future__ import annotations

from conftest import install, save
from reports import csv, root, user
from datetime import datetime, timezone, timedelta

def test_smoke(admin, tmp_path, notices):
    install(admin, source=str(tmp_path))
    t = datetime(2026,11,1,tzinfo=timezone.utc)
    save(tmp_path, csv(root(), user("alice")), t)
    admin.execute("call iam_record_history()")
    print(admin.execute("select account_id,user_name,valid_from,valid_to from iam_history").fetchall())
    save(tmp_path, csv(root(), user("alice", mfa_active="true"), user("bob")), t+timedelta(hours=4))
    admin.execute("call iam_record_history()")
    admin.execute("call iam_record_history()")
    print(admin.execute("select account_id,user_name,valid_from,valid_to from iam_history").fetchall())
    print(admin.execute("select * from iam_change").fetchall())
    a=admin.execute("select * from aws_iam_credential_report_or_error order by user_name").fetchall()
    assert a==admin.execute("select * from iam_report_at(now()) order by user_name").fetchall()
    admin.execute("set iam_fdw.report_at='2026-11-01 03:59'")
    print(admin.execute("select * from iam_check_report_freshness").fetchall())
    print(admin.execute("select user_name, credential from iam_credential where credential ='password'").fetchall())
    print("\n".join(l for (l,) in admin.execute("explain (analyze) select * from iam_check_user_mfa where account_id='111122223333'").fetchall()))
    print(notices)
    assert 0
