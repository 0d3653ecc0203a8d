from torture.faults import Case, plans, table
from torture.injection import SQL, Fault, Plan, Point


def test_each_fault_is_tried_once_and_for_good_at_each_point() -> None:
    tried = list(plans([Point("sqs.SendMessage", 1), Point(SQL, 1)]))
    of_aws = [plan for plan in tried if plan.point.operation != SQL]
    assert {plan.fault for plan in of_aws} == set(Fault)
    assert [(plan.fault, plan.for_good) for plan in tried if plan.point.operation == SQL] == [
        (Fault.REQUEST_LOST, False),
        (Fault.REQUEST_LOST, True),
        (Fault.ANSWER_LOST, False),
        (Fault.ANSWER_LOST, True),
        (Fault.KILLED_BEFORE, False),
        (Fault.KILLED_AFTER, False),
    ]


def test_a_plan_is_read_back() -> None:
    plan = Plan(Point("s3.PutObject", 2), Fault.THROTTLED, for_good=True)
    assert Plan.of(plan.text()) == plan


def test_the_table_counts_what_was_lost() -> None:
    plan = Plan(Point(SQL, 7), Fault.KILLED_AFTER)
    cases = [Case("copy", plan, "killed", []), Case("copy", plan, "killed", ["copies: 0"])]
    assert table(cases).splitlines()[1:] == [
        "copy              killed after           2         1     1",
        "total                                    2         1     1",
    ]
