package collector

// giveAllRates tells each process on an agent the rates that it gave.
func (c *Collector) giveAllRates(a *Agent) {
	c.mu.Lock()
	var all []*tracked
	for _, t := range c.rings {
		if t.ship.agent == a {
			all = append(all, t)
		}
	}
	c.mu.Unlock()
	for _, t := range all {
		c.giveRates(t)
	}
}

// giveRates tells a process the rates of its agent, if there are any yet.
func (c *Collector) giveRates(t *tracked) {
	if t.ship.agent == nil {
		return
	}
	r := t.ship.agent.rates.Load()
	if r == nil {
		return
	}
	if err := t.control.SetRates(r.rates); err != nil {
		c.complain.Do(func() {
			c.log.Warn("a process cannot be told the agent's sampling rates", "service", t.desc.Service, "error", err)
		})
	}
}
