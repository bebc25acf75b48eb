package parquet

// sealLoop writes full heads into files.
func (s *Store) sealLoop() {
	defer s.done.Done()
	<-s.stop
}
