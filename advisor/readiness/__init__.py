"""Is a site ready for a workload? Requirement minus inventory, over nine dimensions, with the binding constraint named.

rubric (what is asked) → requirement (how much, from sizing) + observation (what the inventory has) → assessment
(gaps, scores, findings); what_if changes observations; placement advises where a workload belongs.
"""
