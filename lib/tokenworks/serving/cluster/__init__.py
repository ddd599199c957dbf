"""Many replicas at once: the one scheduler at each, a router before them, one heap of events.

- `events`: the heap, and the order of what happens in one moment
- `replica_config`, `replica`, `request_state`: the scheduler with a clock, planned ahead
- `routers`, `radix_tree`: who gets a request
- `pools`, `ports`: colocated or disaggregated, and the wire between
- `tiers`: where blocks go that the chip's memory forgets
- `autoscaler`, `failures`: replicas that come and go
- `running_cluster`, `simulation`, `cluster_run`: at a moment, over time, and what came of it
- `changes`: what an operator does to a cluster at work
- `conservation`: what no run may break
- `conversation_load`: loads with shared prefixes and several turns
- `routing_case`: the case that goes round about where requests should go
"""
