@NullMarked
package io.penstock.provisioning.command;

import org.jspecify.annotations.NullMarked;
