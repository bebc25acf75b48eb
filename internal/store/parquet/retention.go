package parquet

func (s *Store) retain() {}
